"""The agreement of readers: from a plain table, and from the record."""

import math

import numpy as np
import pytest

from calcitrial.protocol import RefusedError
from calcitrial.reading import Agreement, Line, agreement, agreement_of
from calcitrial.record import Gateway, make_cut
from tests.reading.conftest import read_all


def told(lines: list[Line], readers: tuple[str, ...] = ("A", "B")) -> Agreement:
    return agreement_of(lines, readers, quantity="Mass", unit="mg", source="a test")


def drawn(lesions: int = 12, repeats: int = 2, people: int = 4) -> list[Line]:
    rng = np.random.default_rng(8)
    found = []
    for lesion in range(lesions):
        true = rng.normal(3, 0.6)
        for number, reader in enumerate("AB"):
            own = true + 0.1 * number + rng.normal(0, 0.05)
            for repeat in range(1, repeats + 1):
                size = float(own + rng.normal(0, 0.08))
                found.append(Line(f"P{lesion % people}", f"L{lesion}", reader, repeat, "measured", size))
    return found


def without(lines: list[Line], lesion: str, reader: str, outcome: str = "absent") -> list[Line]:
    """Return the lines with one reader's readings of a lesion changed to an outcome without a size."""
    return [
        Line(one.participant, one.lesion, one.reader, one.repeat, outcome, None)  # type: ignore[arg-type]
        if (one.lesion, one.reader) == (lesion, reader)
        else one
        for one in lines
    ]


def test_all_parts_of_a_complete_table() -> None:
    found = told(drawn())
    assert found.complete and (found.lesions, found.participants) == (12, 4)
    assert list(found.components.variances) == ["participant", "lesion", "reader", "reader x lesion", "residual"]
    v = found.components.variances
    assert found.sem_agreement == pytest.approx(math.sqrt(v["reader"] + v["reader x lesion"] + v["residual"]))
    assert found.sem_repeat == pytest.approx(math.sqrt(v["residual"]))
    assert found.sdc_ratio(0.1) == pytest.approx(math.exp(1.96 * math.sqrt(2) * 0.1))
    (pair,) = found.pairs
    assert pair.limits is not None and pair.limits.count == 12 and pair.readers == ("A", "B")
    assert pair.outcomes == {("measured", "measured"): 12}
    assert all(one is not None and one.count == 12 for one in found.repeats.values())
    assert len(found.notes) == 1


def test_a_lesion_that_one_reader_finds_absent_counts_as_outcome_and_not_as_size() -> None:
    found = told(without(drawn(), "L3", "B"))
    (pair,) = found.pairs
    assert not found.complete and pair.outcomes == {("measured", "measured"): 11, ("measured", "absent"): 1}
    assert pair.limits is not None and pair.limits.count == 11
    assert any("1 lesions have no size of" in note for note in found.notes)
    assert found.components.readings == 46


def test_a_lesion_that_one_reader_has_not_read_yet_is_no_outcome() -> None:
    found = told([one for one in drawn() if (one.lesion, one.reader) != ("L3", "B")])
    assert found.pairs[0].outcomes == {("measured", "measured"): 11} and found.lesions == 12
    assert found.notes[0] == "1 lesions are not read by every reader yet." and len(found.notes) == 2


def test_a_lesion_that_nobody_measured_is_in_the_outcomes_only() -> None:
    lines = without(without(drawn(), "L3", "B"), "L3", "A", "not assessable")
    found = told(lines)
    assert found.complete and found.pairs[0].outcomes["not assessable", "absent"] == 1
    assert any("1 lesions that no reader measured" in note for note in found.notes)


def test_without_repeats_the_interaction_is_part_of_the_residual_and_that_is_said() -> None:
    found = told(drawn(repeats=1))
    assert "reader x lesion" not in found.components.variances and found.sem_repeat is None
    assert found.repeats == {"A": None, "B": None}
    assert any("read twice" in note for note in found.notes)


def test_one_lesion_for_each_participant_leaves_one_effect_for_both() -> None:
    found = told(drawn(people=12))
    assert "participant" not in found.components.variances
    assert any("one effect" in note for note in found.notes)


def test_too_little_is_refused() -> None:
    with pytest.raises(RefusedError, match="0 lesions"):
        told([])
    one_reader = [one for one in drawn() if one.reader == "A"]
    with pytest.raises(RefusedError, match="read by 1 readers"):
        told(one_reader, ("A",))


def test_the_record_gives_the_readings_of_the_two_readers_and_not_of_the_third(opened: Gateway) -> None:
    rng = np.random.default_rng(1)
    for reader in ("R1", "R2", "R3"):
        read_all("stsinj", reader, lambda task, label: f"{20 * math.exp(rng.normal(0, 0.4)):.3f}")
    cut = make_cut("stsinj", "test")
    found = agreement(cut)
    lesions = cut.table("ct_measurement").height
    assert (found.readers, found.lesions, found.participants) == (("R1", "R2"), lesions, 4)
    assert found.unit == "mg" and cut.digest in found.source
    assert found.components.readings == cut.table("read").filter(repeat="R3").height * -1 + cut.table("read").height
    assert all(one is not None for one in found.repeats.values())


def test_a_quantity_that_nobody_read_is_refused(opened: Gateway) -> None:
    cut = make_cut("stsinj", "test")
    with pytest.raises(RefusedError, match=r"give no 'weight'\. Choose one of: mass"):
        agreement(cut, "weight")
    with pytest.raises(RefusedError, match=r"with mass are: none\. Let the readers read"):
        agreement(cut)
    read_all("stsinj", "R1")
    with pytest.raises(RefusedError):
        agreement(make_cut("stsinj", "test"))
