"""The measurements against exactly known truth: the same cases, methods and scores as `make accuracy`.

The witness is geometry: volumes and masses of shapes, which no measurement knows. The short tests take a few scenes;
the heavy one takes all and holds the targets of the imaging endpoint as they were promised.
"""

import dataclasses

import numpy as np
import pytest
from draw import draw
from grid import CONFIGURATIONS, FINE, SITUATIONS
from methods import METHODS
from runs import Record, run
from scenes import cases
from scores import chosen, drift, repeat_icc, repeatability, score, spread
from targets import CLEAR, targets
from tell import document

from calcitrial.phantoms import exact

ONE = Record("calcitrial", "mass", "clear", "clear 0", "soft 0.6", "a", 0, 3.0, 300.0, 100.0, 104.0, 3.0, ())


@pytest.fixture(scope="module")
def few() -> list[Record]:
    situations = ("clear", "near bone", "touching bone")
    return run(1, configurations=("soft 0.6", "thick 3.3 mm"), situations=situations, processes=1, quick=True)


def changed(**changes: object) -> Record:
    return dataclasses.replace(ONE, **changes)  # type: ignore[arg-type]


def test_the_mass_of_clear_lesions_is_right(few):
    ours = score(chosen(few, method="calcitrial", quantity="mass", situation="clear", configuration="soft 0.6"))
    assert ours.n == 16 and ours.mae <= 5 and ours.missed == 0


def test_no_peer_is_as_near_to_the_mass(few):
    maes = {
        method: score(chosen(few, method=method, quantity="mass", situation="clear")).mae
        for method in METHODS
        if method != "plain integral"  # its own ancestor
    }
    assert min(maes, key=maes.__getitem__) == "calcitrial"


def test_what_touches_bone_is_never_silently_wrong(few):
    touching = chosen(few, method="calcitrial", quantity="mass", situation="touching bone")
    assert touching and all(r.flagged or abs(r.error) <= 20 for r in touching if r.value is not None)
    assert all(r.flagged for r in touching if r.value is None)
    assert score(chosen(few, method="130 HU", quantity="volume", situation="touching bone")).mae > 500


def test_equal_seeds_give_equal_answers(few):
    def again(seed, method):
        return run(
            seed, quick=True, configurations=("thick 3.3 mm",), situations=("clear",), methods=(method,), processes=1
        )

    same = chosen(few, method="calcitrial", configuration="thick 3.3 mm", situation="clear")
    assert again(1, "calcitrial") == same
    other = chosen(few, method="130 HU", configuration="thick 3.3 mm", situation="clear")
    assert [r.value for r in again(2, "130 HU")] != [r.value for r in other]


def test_every_method_is_asked_about_every_lesion(few):
    asked = {
        method: [(r.case, r.configuration, r.lesion, r.repeat, r.truth) for r in chosen(few, method=method)]
        for method in METHODS
    }
    assert all(questions == asked["calcitrial"] for questions in asked.values())


def test_the_grid_holds_every_situation_and_its_lesions_keep_apart():
    made = cases(1)
    assert {case.situation for case in made} == set(SITUATIONS)
    assert {case.situation for case in cases(1, quick=True)} == set(SITUATIONS)
    assert {s.spacing_mm[1] for s in CONFIGURATIONS.values()} == {0.35, 0.5, 0.6, 1.0} and len(FINE) == 6
    for case in made:
        places = np.array([lesion.point_mm for lesion in case.scene.calcifications])
        gaps = np.linalg.norm(places[:, None] - places[None], axis=2)
        assert gaps[~np.eye(len(places), dtype=bool)].min() > 11
        assert set(case.radius_mm) == {real.id for real in exact(case.scene)}


def test_bone_contact_is_what_its_name_says():
    """Of fused deposits a part lies in bone and counts as bone; those near bone or clear of it lose nothing."""
    for case in cases(1):
        for real in exact(case.scene):
            if case.situation in ("clear", "near bone", "in fat", "fibrous in fat", "near skin"):
                ball = 4 / 3 * np.pi * case.radius_mm[real.id] ** 3
                assert real.volume_mm3 == pytest.approx(ball, rel=1e-6)
    fused = [real.volume_mm3 for case in cases(1) if case.name == "touching bone 4" for real in exact(case.scene)]
    whole = [4 / 3 * np.pi * r**3 for r in (2.0, 3.0, 4.0, 5.5)]
    assert any(volume < 0.97 * ball for volume, ball in zip(fused, whole, strict=False))


def test_scores_by_hand():
    records = [
        ONE,
        changed(lesion="b", value=90.0),
        changed(lesion="c", value=None),
        changed(lesion="d", value=300.0, flags=("needs_reader",)),
    ]
    found = score(records)
    assert (found.n, found.bias, found.mae, found.worst) == (4, pytest.approx(-3), pytest.approx(7), pytest.approx(10))
    assert found.mae_all == pytest.approx((4 + 10 + 200) / 3)
    assert (found.flagged, found.missed, found.silent, found.coverage) == (25, 25, 25, 50)
    assert found.coverage_all == pytest.approx(100 / 3)


def test_repeatability_and_spread_by_hand():
    repeats = [ONE, changed(repeat=1, value=96.0)]
    assert repeatability(repeats) == pytest.approx(100 * np.std([104, 96], ddof=1) / 100)
    ways = [*repeats, changed(configuration="thick 3.3 mm", value=106.0)]
    assert spread(ways) == pytest.approx(np.std([0, 6], ddof=1))
    assert drift(ways) == pytest.approx(6)
    assert np.isnan(repeatability([ONE])) and np.isnan(score([]).mae)


def test_flagged_answers_count_where_they_are_asked_for():
    apart = [changed(value=100.0, flags=("needs_reader",)), changed(value=110.0, repeat=1, flags=("needs_reader",))]
    assert np.isnan(repeatability(apart))
    assert repeatability(apart, flagged=True) == pytest.approx(100 * np.std([100, 110], ddof=1) / 105)


def test_repeats_that_agree_correlate_and_others_do_not():
    def twice(factor):
        large = enumerate((10.0, 40.0, 160.0, 640.0))
        return [changed(lesion=str(i), value=v * f, repeat=r) for i, v in large for r, f in enumerate((1.0, factor(i)))]

    assert repeat_icc(twice(lambda i: 1.02 ** (-1) ** i)) > 0.999
    assert repeat_icc(twice(lambda i: 10.0 ** (-1) ** i)) < 0.7


def test_sentences_follow_the_numbers(few):
    text = document(few, 1, quick=True)
    assert "16 simulated lesions" not in text and "lesions of exactly known size" in text
    assert all(f"**{name}**" in text for name in METHODS)
    wrong = [dataclasses.replace(r, value=3 * r.truth, flags=()) if r.method == "calcitrial" else r for r in few]
    told = document(wrong, 1, quick=True)
    assert "Clear, soft 0.6: the mass is off by 200 % on average, by 200 % at worst" in told
    assert "Clear, soft 0.6: the mass is off" not in text
    assert sum(not t.met for t in targets(wrong)) > sum(not t.met for t in targets(few))


def test_equal_records_give_equal_pictures(few, tmp_path):
    first, second = (draw(few, tmp_path / name) for name in ("a", "b"))
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in second]
    assert all("<svg" in p.read_text("utf-8")[:400] and "calcitrial" in p.read_text("utf-8") for p in first)


@pytest.mark.heavy
def test_the_promises_of_the_imaging_endpoint_are_kept():
    records = run(1, methods=("calcitrial",))
    told = [f"{t.name}: {t.reached:.2f}, promised {t.least:g} to {t.most:g}" for t in targets(records) if not t.met]
    print(f"{len(chosen(records, situation=CLEAR))} answers on clear lesions")
    assert not told, "\n".join(told)
