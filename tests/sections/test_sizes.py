"""The report says whose sizes an endpoint took, and `why` walks back to each reader's entries and the series read."""

import pytest

from calcitrial.analysis import analyse
from calcitrial.documents.content import Paragraph, Table, as_data, figures
from calcitrial.protocol import load
from calcitrial.record import connect, make_cut
from calcitrial.reporting.answers import answers
from calcitrial.reporting.why import why
from calcitrial.reporting.why_words import why_text
from calcitrial.sections import sections
from calcitrial.sections.sizes import size_blocks
from tests.analysis.test_size_source import READ, reader
from tests.read_trial import read_trial


@pytest.fixture(scope="module")
def cut(tmp_path_factory):
    connect(tmp_path_factory.mktemp("home"), create=True)
    read_trial(load("stsinj"), {"R1": reader(1.0), "R2": reader(1.1, unread=[("PIT-002", "W12")])})
    return make_cut("stsinj", "0.1.0")


@pytest.fixture(scope="module")
def blocks(cut):
    return size_blocks(cut, [analyse(cut), analyse(cut, READ)])


def test_each_endpoint_says_whose_sizes_it_took_and_who_says_so(blocks):
    told = [block.text for block in blocks if isinstance(block, Paragraph)]
    assert told[0].startswith("Calcium mass of a lesion on CT, week 12 over baseline. Sizes: as the program measures")
    assert "the protocol names none" in told[0]
    assert "what the blinded readers arrive at" in told[1] and "assumed: No public copy read says" in told[1]


def test_the_report_counts_readers_and_lists_what_waits(blocks):
    counts, waiting = (block for block in blocks if isinstance(block, Table))
    assert [[str(cell) for cell in row] for row in counts.rows] == [["1 reader", "2", "2"], ["2 readers", "54", "20"]]
    assert counts.note.startswith("54 are finished")
    (row,) = [[str(cell) for cell in row] for row in waiting.rows]
    assert row == ["One of the two readers has read it", "W12", "PIT-002-L1, PIT-002-L2", "2"]


def test_every_count_answers_why_with_the_reads_behind_it(cut):
    found = figures(sections(cut, *answers(cut)))
    cell = found["endpoint.ct_mass_read.reads.1_reader.images"]
    behind = cut.rows.filter(cut.rows["number"].is_in(list(cell.entries)))
    assert set(behind.filter(form="read")["repeat"]) == {"R1"} and set(behind.filter(form="read")["visit"]) == {"W12"}
    assert as_data  # the sections are whole: nothing of them failed


def test_why_walks_to_both_readers_and_the_series_they_saw(cut):
    trace = why(cut, READ)
    authors = {step.author for step in trace.steps if step.place.form == "read"}
    assert authors == {"R1", "R2"}
    read = cut.table("read")
    known = set(read.select("participant", "visit", "series_uid", "series_digest").iter_rows())
    assert {(one.participant, one.visit, one.uid, one.digest) for one in trace.series} <= known
    assert not {step.item for step in trace.steps} & {"reading_seed", "reading_salt"}
    assert not [step for step in trace.steps if step.place.form == "ct_measurement" and step.item == "mass"]
    assert "R1" in why_text(trace)


def test_the_series_of_the_automatic_endpoint_are_those_measured(cut):
    trace = why(cut, "primary")
    rows = cut.table("ct_measurement").select("series_uid").to_series()
    assert {one.uid for one in trace.series} <= set(rows) and trace.series
