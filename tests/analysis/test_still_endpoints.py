"""Films and ultrasound as endpoints: drawn at the site or read blinded, with the ratio that was put in."""

import hashlib
import math

import pytest

from calcitrial.analysis import analyse
from calcitrial.outcomes import find
from calcitrial.protocol import find as protocol_file
from calcitrial.protocol import parse
from calcitrial.reading import Answer, answer, open_reading
from calcitrial.reading.worklist import slots
from calcitrial.record import Draft, Place, make_cut
from tests.invented_trial import READER, Invented, enter_trial
from tests.read_trial import MANAGER, PLAN

EASY = Invented(people=6, troubled=False)
SHRINK = {"BL": 1.0, "W12": 0.8}


def protocol(by):
    text = protocol_file("stsinj").read_text("utf-8")
    before = '[endpoints.sizes]\nby = "site"'
    assert before in text
    return parse(text.replace(before, f'[endpoints.sizes]\nby = "{by}"').encode(), "stsinj.toml")


def diameters(lesion, visit):
    """Three diameters of an ellipsoid whose volume shrinks as it should, but for a hand that trembles."""
    seed = int(hashlib.sha256(f"{lesion} {visit}".encode()).hexdigest()[:6], 16) / 0xFFFFFF
    length = 12 * (SHRINK[visit] * math.exp(0.1 * (seed - 0.5))) ** (1 / 3)
    return {"length": length, "width": length / 2, "depth": length / 3}


def scan(gateway, gone=()):
    """Enter ultrasound of every lesion at baseline and week 12; some lesions are gone at week 12."""
    for lesion, participant in make_cut("stsinj", "t").table("lesion").select("lesion", "participant").iter_rows():
        for visit in SHRINK:
            sizes = diameters(lesion, visit)
            volume = math.pi / 6 * math.prod(sizes.values())
            values = {name: f"{value:.4f}" for name, value in {**sizes, "volume_ellipsoid": volume}.items()}
            if lesion in gone and visit == "W12":
                values = {"flags": "not_found"}
            uid = f"1.2.9.{int(participant[-3:])}.{int(lesion[-1])}.{len(visit)}"
            named = {"software": "test", "series_uid": uid, "series_digest": "a" * 64}
            gateway.enter([Draft(Place(participant, "ultrasound_measurement", visit, lesion), values | named)], READER)


def test_ultrasound_drawn_at_the_site_answers_its_endpoint(home):
    scan(enter_trial(protocol("site"), EASY))
    found = analyse(make_cut("stsinj", "t"), "ultrasound_size")
    assert found.estimate.estimate == pytest.approx(0.8, rel=0.03) and found.estimate.low < 0.8 < found.estimate.high
    assert found.sizes.by == "site" and "a person who may know the arm" in found.sizes.told
    assert set(found.data["unit"]) == {"mm³"} and found.measurement.agreement is None


def test_a_lesion_gone_on_ultrasound_is_half_the_smallest(home):
    scan(enter_trial(protocol("site"), EASY), gone=["PIT-001-L1"])
    data = analyse(make_cut("stsinj", "t"), "ultrasound_size").data
    (gone,) = data.filter("vanished").iter_rows(named=True)
    smallest = data.filter(data["value"] > 0, data["excluded"] == "")["value"].min()
    assert gone["lesion"] == "PIT-001-L1" and gone["log_size"] == pytest.approx(math.log(smallest / 2))


def test_ultrasound_read_blinded_answers_it_too_and_the_site_stands_beside_it(home):
    gateway = enter_trial(protocol("reads"), EASY)
    scan(gateway)
    open_reading("stsinj", PLAN, MANAGER, door=gateway)
    for reader, times in (("R1", 1.0), ("R2", 1.05)):
        for slot in slots(gateway, reader):
            if slot.case.kind == "ultrasound":
                said = [_said(slot, label, times) for label in slot.lesions]
                answer("stsinj", reader, slot.task.id, said, 9.0, door=gateway)
    found = analyse(make_cut("stsinj", "t"), "ultrasound_size")
    assert found.estimate.estimate == pytest.approx(0.8, rel=0.03)
    assert [(one.readers, one.images) for one in found.sizes.read_by] == [(2, found.sizes.finished)]
    beside = {one.key: one for one in found.supporting}["by_site"]
    assert beside.estimate.estimate == pytest.approx(found.estimate.estimate, rel=1e-3)  # a factor cancels
    assert found.measurement.agreement is not None  # of the volumes, though nobody read a CT


def _said(slot, label, times):
    sizes = {name: size * times for name, size in diameters(slot.lesions[label].lesion, slot.case.visit).items()}
    sizes["volume_ellipsoid"] = math.pi / 6 * math.prod(sizes.values())
    return Answer(label, "measured", {name: f"{size:.4f}" for name, size in sizes.items()})


def test_a_film_has_an_area_per_lesion_and_visit(home):
    gateway = enter_trial(protocol("site"), EASY)
    values = {"area": "40.5", "software": "t", "series_uid": "1.2.9", "series_digest": "b" * 64}
    for visit, change in (("BL", {}), ("W12", {"area": "27"})):
        place = Place("PIT-001", "film_measurement", visit, "PIT-001-L1")
        gateway.enter([Draft(place, values | change)], READER)
    rows = find("film_area").derive(make_cut("stsinj", "t"))
    assert rows["value"].to_list() == [40.5, 27.0] and rows["unit"].to_list() == ["mm²", "mm²"]
    assert rows["log_ratio"].to_list() == pytest.approx([0, math.log(2 / 3)])
