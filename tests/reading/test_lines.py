"""Readings from a CSV file: what is read, and what is refused with the line it stands in."""

import math
from pathlib import Path

import pytest

from calcitrial.protocol import RefusedError
from calcitrial.reading import Line, read_lines


def lines(tmp_path: Path, text: str, **how: object) -> tuple[Line, ...]:
    file = tmp_path / "readings.csv"
    file.write_text(text, "utf-8")
    return read_lines(file, **how)  # type: ignore[arg-type]


def test_sizes_zeros_and_gaps(tmp_path: Path) -> None:
    found = lines(tmp_path, "lesion,reader,value,participant\nL1,A,10,P1\nL1,B,0,P1\nL2,A,,P1\n")
    assert found[0] == Line("P1", "L1", "A", 1, "measured", math.log(10))
    assert [(one.outcome, one.log_size) for one in found[1:]] == [("absent", None), ("not assessable", None)]


def test_columns_by_other_names_logarithms_repeats_and_a_byte_order_mark(tmp_path: Path) -> None:
    names = {"lesion": "lesid", "value": "logvol", "repeat": "rep"}
    found = lines(tmp_path, "\ufefflesid,reader,rep,logvol\nL1,A,1,-0.5\nL1,A,2,0\n", names=names, logarithms=True)
    assert [(one.repeat, one.log_size, one.participant) for one in found] == [(1, -0.5, "L1"), (2, 0.0, "L1")]


def test_an_outcome_that_is_written_stands(tmp_path: Path) -> None:
    (found,) = lines(tmp_path, "lesion,reader,value,outcome\nL1,A,,absent\n")
    assert found.outcome == "absent" and found.log_size is None


def test_every_fault_is_told_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(RefusedError) as refused:
        lines(tmp_path, "lesion,reader,value,repeat\nL1,A,ten,1\nL1,B,-2,1\nL2,A,5,3\nL3,A,5,1\nL3,A,6,1\nL4,A,inf,1\n")
    told = [str(problem) for problem in refused.value.problems]
    assert [one.split("line ")[1][0] for one in told if "line " in one] == ["2", "3", "4", "7"]
    assert "'ten' is no number" in told[0] and "The size -2 is no size" in told[1] and "'3'" in told[2]
    assert "Lesion L3 has 2 readings number 1 of A" in told[-1]


def test_missing_columns_are_named(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match=r"(?s)no column 'reader'.*no column 'value'"):
        lines(tmp_path, "lesion,size\nL1,3\n")
