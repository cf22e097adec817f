"""The tables beside the report: read again they are the same, and the report's numbers come out of them again."""

import csv
import hashlib
import json
import math

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from typer.testing import CliRunner

from calcitrial.commands import app
from calcitrial.record import connect, make_cut
from calcitrial.reporting.answers import answers
from calcitrial.reporting.datasets import KINDS, datasets, flat
from calcitrial.reporting.write import write_report
from tests.invented_trial import NURSE, Invented, enter_trial, stsinj

TABLES = ("participants", "lesions", "exposure", "adverse_events", "analysis")


@pytest.fixture(scope="module")
def data(two_arms):
    return datasets(two_arms, answers(two_arms)[0])


@pytest.fixture(scope="module")
def folder(two_arms, tmp_path_factory):
    return write_report(two_arms, tmp_path_factory.mktemp("report")).html.parent


@pytest.fixture(scope="module")
def dictionary(folder):
    return pl.read_csv(folder / "dictionary.csv")


@pytest.mark.parametrize("name", TABLES)
def test_parquet_and_csv_reread_are_the_table(data, folder, dictionary, name):
    table = data.tables[name]
    assert_frame_equal(pl.read_parquet(folder / f"{name}.parquet"), table)
    kinds = dict(dictionary.filter(table=name).select("column", "kind").iter_rows())
    schema = {column: pl.String if kind == "entry numbers" else KINDS[kind] for column, kind in kinds.items()}
    again = pl.read_csv(folder / f"{name}.csv", schema=schema).with_columns(pl.col(pl.String).fill_null(""))
    assert_frame_equal(again, flat(table).with_columns(pl.col(pl.String).fill_null("")))


@pytest.mark.parametrize("name", TABLES)
def test_every_column_is_in_the_dictionary_with_label_kind_and_source(data, dictionary, name):
    told = dictionary.filter(table=name)
    assert told["column"].to_list() == data.tables[name].columns
    assert [KINDS[kind] for kind in told["kind"]] == data.tables[name].dtypes
    assert all(told["label"]) and all(told["source"])


def test_items_have_the_words_and_units_of_their_form(dictionary):
    row = dictionary.filter(table="exposure", column="concentration").row(0, named=True)
    assert (row["label"], row["unit"]) == ("Injection of a lesion: Concentration of sodium thiosulfate", "mg/mL")
    assert row["source"] == "form injection, item concentration"


def test_a_person_has_one_line_enrolled_or_not(data, two_arms):
    people = data.tables["participants"]
    assert people["participant"].to_list() == sorted(set(two_arms.table("screening")["participant"]))
    out = people.filter(participant="PIT-090").row(0, named=True)
    assert (out["enrolled"], out["arm"], out["end_reason"], out["injections"]) == (False, None, "screen failure", 0)
    treated = people.filter(arm="STS").row(0, named=True)
    assert treated["total_mg"] == treated["injections"] * 75 > 0
    assert set(people.filter("enrolled")["arm"]) == {"STS", "CTL"}


def test_sums_agree_between_the_tables(data):
    people, lesions, given = (data.tables[name] for name in ("participants", "lesions", "exposure"))
    assert people["lesions"].sum() == lesions.height
    assert people["injections"].sum() == lesions["injections"].sum() == given.filter("injected").height
    assert people["total_mg"].sum() == lesions["total_mg"].sum() == given["mg"].sum()


def test_every_line_keeps_its_entries(data, two_arms):
    known = set(two_arms.rows["number"])
    for name in TABLES:
        for entries in data.tables[name]["entries"].to_list():
            assert entries and set(entries) <= known, name


def test_a_dose_that_was_redacted_makes_no_sum(tmp_path):
    connect(tmp_path, create=True)
    gateway = enter_trial(stsinj(), Invented(people=2))
    found = make_cut("stsinj", "0.1.0").rows.filter(form="injection", item="volume")
    gateway.redact(found["number"][0], "personal data", NURSE)
    tables = datasets(make_cut("stsinj", "0.1.0"), ()).tables
    lesion = found["lesion"][0]
    assert tables["lesions"].filter(lesion=lesion)["total_mg"].to_list() == [None]
    assert tables["lesions"].filter(pl.col("lesion") != lesion)["total_mg"].null_count() == 0
    assert tables["exposure"]["mg"].null_count() == 1 and tables["analysis"].height == 0


def test_the_estimate_comes_out_of_the_analysis_data_by_the_command_for_plain_tables(folder, tmp_path):
    told = json.loads((folder / "report.json").read_text("utf-8"))["endpoints"][0]
    estimate, fit = told["estimate"], told["fit"]
    rows = pl.read_parquet(folder / "analysis.parquet").filter("used", endpoint=told["endpoint"]["id"])
    flat(rows).write_csv(tmp_path / "analysis.csv")
    words = ["analyse", "--csv", str(tmp_path / "analysis.csv"), "--formula", fit["formula"], "--json", "-"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    again = json.loads(done.stdout)
    # Sorted, CTL comes before STS and W12 before W24: the coefficient of the arm is the contrast at week 12.
    arm = next(one for one in again["coefficients"] if one["term"] in ("arm[STS]", "arm[T.STS]", "armSTS"))
    assert math.exp(arm["estimate"]) == pytest.approx(estimate["estimate"], rel=1e-8)
    assert [math.exp(arm[k]) for k in ("low", "high")] == pytest.approx([estimate["low"], estimate["high"]], rel=1e-7)
    assert (arm["df"], arm["p"]) == pytest.approx((estimate["df"], estimate["p"]), rel=1e-6)
    assert again["loglik"] == pytest.approx(fit["loglik"]) and again["n"] == estimate["n_rows"]


def test_every_file_is_held_to_its_cut_by_its_digest(folder, two_arms):
    told = json.loads((folder / "report.json").read_text("utf-8"))
    assert told["cut"]["digest"] == two_arms.digest
    assert set(told["files"]) == {path.name for path in folder.iterdir()} - {"report.json"}
    for name, digest in told["files"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest


def test_the_csv_is_one_that_other_programs_read(folder):
    with (folder / "analysis.csv").open(newline="", encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    assert len(lines) > 50 and lines[0]["endpoint"] == "ct_mass_ratio"
    assert all(int(number) > 0 for number in lines[0]["entries"].split())
