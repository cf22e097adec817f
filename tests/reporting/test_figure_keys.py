"""Every figure of every table answers why."""

import json
import re
from dataclasses import replace

import pytest

from calcitrial.analysis import analyse
from calcitrial.documents.content import Cell, Gap, Headline, Section, Table, figures, key_of, told_apart
from calcitrial.protocol import RefusedError
from calcitrial.record import Draft, Place, connect, make_cut
from calcitrial.reporting.answers import answers
from calcitrial.reporting.why import figures_of, why
from calcitrial.reporting.why_words import why_text
from calcitrial.reporting.write import write_report
from calcitrial.sections.sections import sections
from tests.invented_trial import READER, enter_trial, stsinj

# Facts and visits come from the protocol and name its sources; these tables are words in every column.
OF_THE_PROTOCOL = {"trial", "sources", "verify"}


@pytest.fixture(scope="module")
def parts(two_arms):
    return sections(two_arms, *answers(two_arms))


@pytest.fixture(scope="module")
def corrected(tmp_path_factory):
    connect(tmp_path_factory.mktemp("home"), create=True)
    gateway = enter_trial(stsinj())
    place = Place("PIT-001", "ct_measurement", "W12", "PIT-001-L1")
    gateway.enter([Draft(place, {"mass": "110.5"}, 1, "outline corrected")], READER)
    return make_cut("stsinj", "0.1.0")


def tables(parts):
    return [(one.id, block) for one in parts for block in one.blocks if isinstance(block, Table)]


def test_every_number_of_a_table_is_a_figure_with_entries_of_the_cut(two_arms, parts):
    known = set(two_arms.rows["number"])
    counted = 0
    for section, table in tables(parts):
        if section in OF_THE_PROTOCOL:
            assert table.text_columns == len(table.header), table.caption
            continue
        for row in table.rows:
            for cell in row[table.text_columns :]:
                if re.search(r"\d", str(cell)):
                    assert isinstance(cell, Cell), (table.caption, row)
                    assert cell.entries or re.match(r"0(\D|$)", cell.text), cell.key  # nothing was entered of none
                    assert set(cell.entries) <= known, cell.key
                    assert cell.how, cell.key
                    counted += 1
    assert counted > 150


def test_every_key_is_there_once_and_is_fit_for_a_command(parts):
    cells = [cell for _, table in tables(parts) for row in table.rows for cell in row if isinstance(cell, Cell)]
    assert len({cell.key for cell in cells}) == len(cells)
    assert all(re.fullmatch(r"[A-Za-z0-9_.~-]+", cell.key) for cell in cells)


def test_figures_of_one_name_are_told_apart():
    def table():
        return Table("t", ("", "n"), (("a", Cell("1", "x.n", (1,))), ("b", Cell("2", "x.n", (2,)))))

    block = Headline(Cell("3", "x.n", (3,)), "no interval", "label")
    found = figures(told_apart([Section("s", "S", (table(), block))]))
    assert {key: cell.text for key, cell in found.items()} == {"x.n": "1", "x.n~2": "2", "x.n~3": "3"}


def test_words_of_the_data_make_keys_of_letters():
    assert key_of("baseline", "diagnosis", "iPPSD2 / PHP 1A", "é") == "baseline.diagnosis.iPPSD2_PHP_1A.none"


def test_a_figure_leads_to_rows_entries_their_history_and_images(corrected):
    trace = why(corrected, "lesion.PIT-001-L1.W12.ratio")
    assert trace.figure == f"{110.5 / float(_mass(corrected, 'BL')):.2f}" and trace.how.startswith("Size over the size")
    assert {(row.lesion, row.visit) for row in trace.rows} == {("PIT-001-L1", "BL"), ("PIT-001-L1", "W12")}
    assert trace.replaced and trace.replaced[0].item == "mass"
    assert {one.visit for one in trace.series} == {"BL", "W12"}
    text = why_text(trace)
    assert text.startswith(f"Why lesion.PIT-001-L1.W12.ratio?\n  The report says: {trace.figure}\n")
    assert "outline corrected" in text and "SHA-256" in text


def _mass(cut, visit):
    return cut.table("ct_measurement").filter(lesion="PIT-001-L1", visit=visit)["mass"][0]


def test_a_figure_without_analysis_has_entries_and_no_estimate(corrected):
    trace = why(corrected, "baseline.sex.F.all")
    assert trace.estimate is None and trace.model == "" and trace.figure == "6 (75 %)"
    assert {step.item for step in trace.steps} == {"sex", "enrolment_date"}
    assert [step.value for step in trace.steps if step.item == "sex"] == ["F"] * 6


def test_a_figure_of_an_endpoint_is_explained_by_that_endpoint(corrected):
    trace = why(corrected, "endpoint.pain.estimate")
    pain = analyse(corrected, "pain")
    assert trace.estimate.estimate == pain.estimate.estimate and "pain" in trace.model
    assert {step.place.form for step in trace.steps} >= {"pain"}
    assert {row.unit for row in trace.rows} == {"points"}


def test_every_figure_resolves(corrected):
    known = figures_of(corrected)
    chosen = [key for place, key in enumerate(known) if place % 23 == 0 or key.startswith(("endpoint", "baseline"))]
    for key in chosen[:12]:
        assert {step.number for step in why(corrected, key).steps} >= set(known[key].entries)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("baseline.sex.f.all", r"Near to it: baseline\.sex\.F\.all"),
        ("baseline.sex", r"Under baseline\.sex there are baseline\.sex\.F\.all, baseline\.sex\.M\.all\."),
        ("lesion", r"Under lesion there are lesion\.PIT-001-L1\.injections.* and \d+ more figures"),
        ("qqqqqq", r"It knows, for example: primary.*--figures"),
    ],
)
def test_a_wrong_name_is_answered_with_the_nearest(corrected, asked, told):
    with pytest.raises(RefusedError, match=told):
        why(corrected, asked)


def test_the_page_and_the_numbers_carry_every_figure(corrected, tmp_path):
    paths = write_report(corrected, tmp_path)
    page, known = paths.html.read_text("utf-8"), figures_of(corrected)
    told = json.loads(paths.json.read_text("utf-8"))["figures"]
    assert list(told) == list(known)
    for key, cell in known.items():
        command = f"calcitrial why stsinj {key} --at {corrected.sequence}"
        assert f'id="{key}" title="{command}"' in page and f'href="#{key}"' in page
        assert told[key] == {
            "text": cell.text,
            "how": cell.how,
            "entries": list(cell.entries),
            "cut": corrected.digest,
        }


def test_a_count_of_none_names_what_was_looked_at(two_arms, parts):
    own = re.compile(r"baseline\.|lesion\.|endpoint\.\w+\.analysed\.")
    none = [cell for key, cell in figures(parts).items() if cell.text in ("0", "0 (0 %)") and own.match(key)]
    assert none and all(cell.entries for cell in none)


def test_a_cut_that_answers_nothing_still_has_figures(corrected):
    empty = replace(corrected, rows=corrected.rows.filter(corrected.rows["form"] != "ct_measurement"))
    found = figures_of(empty)
    assert "baseline.participants.all" in found and not any(key.startswith("endpoint.ct") for key in found)
    assert not any(isinstance(cell, Gap) for cell in found.values())
