from pathlib import Path

import polars as pl
import pytest

from calcitrial.models import AnalysisError, read_csv


def write(folder: Path, text: str | bytes) -> Path:
    file = folder / "trial.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def test_numbers_text_codes_and_missing_values(tmp_path: Path) -> None:
    file = write(tmp_path, "\ufeffid,arm,size,site,empty\n001,STS,1.5,1,\n002,CTL,,2,\n\n003,,-2e3,1,\n")
    data = read_csv(file, text=["site"])
    assert data.schema == {
        "id": pl.String, "arm": pl.String, "size": pl.Float64, "site": pl.String, "empty": pl.String,
    }  # fmt: skip
    assert data["size"].to_list() == [1.5, None, -2000.0]
    assert data["arm"].to_list() == ["STS", "CTL", None]


@pytest.mark.parametrize("value", ["nan", "inf", "1_000", "1,5", "NA", "007"])
def test_what_only_resembles_a_number_stays_text(tmp_path: Path, value: str) -> None:
    data = read_csv(write(tmp_path, f'x,y\n"{value}",1\n2,2\n'))
    assert data["x"].to_list() == [value, "2"]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("", ["The file trial.csv is empty"]),
        ("a,b\n", ["trial.csv has column names and no data below them"]),
        ("a,b,a,\n1,2,3\n", ["The column a stands more than once", "Column number 4 of trial.csv has no name",
                             "needs 4 values, but line 2 has 3"]),
        ("a\n" + "1,2\n" * 7, ["line 2 has 2, line 3 has 2, line 4 has 2, line 5 has 2, line 6 has 2 and 2"]),
        ('a,b\n"1,2\n', ["is not a CSV table"]),
        (b"a\n\xff\xfe\n", ["is not UTF-8 text"]),
    ],
)  # fmt: skip
def test_a_broken_file_is_refused(tmp_path: Path, text: str | bytes, sentences: list[str]) -> None:
    with pytest.raises(AnalysisError) as refused:
        read_csv(write(tmp_path, text))
    assert len(refused.value.problems) == len(sentences)
    for sentence, problem in zip(sentences, refused.value.problems, strict=True):
        assert sentence in problem


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(AnalysisError, match=r"nowhere.csv cannot be read \(No such file or directory\)"):
        read_csv(tmp_path / "nowhere.csv")
