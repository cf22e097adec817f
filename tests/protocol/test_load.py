"""A file becomes a protocol, or all that is wrong with it as sentences."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calcitrial.protocol import SHIPPED, Problem, RefusedError, choose_control, find, load, parse
from calcitrial.protocol.load import HERE

TEXT = (HERE / "limoges.toml").read_text("utf-8")


def problems(text: str) -> list[Problem]:
    """Return what is wrong with this TOML text; fail when nothing is."""
    with pytest.raises(RefusedError) as refused:
        parse(text.encode(), "own.toml")
    return list(refused.value.problems)


def changed(*pairs: tuple[str, str]) -> str:
    text = TEXT
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def test_a_file_of_one_s_own_loads_like_a_shipped_one(tmp_path: Path) -> None:
    own = tmp_path / "mine.toml"
    own.write_text(TEXT, "utf-8")
    assert load(own).digest == load("limoges").digest == load(str(own)).digest


def test_an_unknown_protocol_names_the_shipped_ones() -> None:
    with pytest.raises(RefusedError, match="Did you mean 'limoges'") as refused:
        find("limoge")
    assert all(name in str(refused.value) for name in SHIPPED)


@pytest.mark.parametrize("content", [b"id = ", b"\xff\xfe", b"[a]\n[a]\n"])
def test_what_is_not_toml_is_refused_with_the_name_of_the_file(content: bytes) -> None:
    with pytest.raises(RefusedError, match=r"own\.toml: This is not TOML"):
        parse(content, "own.toml")


def test_an_empty_file_names_every_missing_key() -> None:
    assert {p.place for p in problems("")} == {"id", "name", "version", "sources", "facts", "control"}


def test_an_unknown_variant_names_the_known_ones() -> None:
    with pytest.raises(RefusedError, match=r"Did you mean 'untreated_lesion'.*concurrent_untreated"):
        choose_control(load("limoges"), "untreated_lesions")


def test_a_trial_without_variants_has_none_to_choose() -> None:
    with pytest.raises(RefusedError, match=r"no control variant 'placebo'. Known: none"):
        load("stsinj", "placebo")


def test_the_digest_is_the_same_each_time_and_knows_the_chosen_control() -> None:
    assert load("limoges").digest == load("limoges").digest
    digests = {load("limoges", c).digest for c in ("", *(v.id for v in load("limoges").control.variants))}
    assert len(digests) == 4


def test_the_order_of_facts_and_the_layout_of_the_file_do_not_change_the_digest() -> None:
    first, rest = TEXT.split("[facts.primary_id]")
    block, others = rest.split("[facts.registration_date]")
    moved = others.replace("[facts.eudract]", f"[facts.primary_id]{block}\n# a remark\n[facts.eudract]", 1)
    again = parse(f"{first}[facts.registration_date]{moved}".encode(), "own.toml")
    assert next(iter(again.facts)) == "registration_date"
    assert again.digest == load("limoges").digest


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('version = "1"', 'version = "2"'),
        ("value = 40", "value = 41"),
        ("window = [25, 31]", "window = [24, 31]"),
        ("age_years >= 2", "age_years >= 3"),
        ('status = "seen"', 'status = "inferred"'),
        ("Planned. Copies", "Planned; copies"),
        ("block = 2", "block = 4"),
        ('"adverse_event",', ""),
        ("https://www.afm-telethon.fr", "https://afm-telethon.fr"),
    ],
)
def test_any_change_changes_the_digest(old: str, new: str) -> None:
    assert parse(changed((old, new)).encode(), "own.toml").digest != load("limoges").digest


ONE_FAULT: list[tuple[str, str, str, str, str]] = [
    # what is written, what is written instead, place, what the problem says, what to do
    (
        'label = "Sample size"',
        'label = "Sample size"\nlable = "n"',
        "facts.sample_size.lable",
        "'lable'",
        "'label'",
    ),
    ("window = [25, 31]", "window = [31, 25]", "visits.W04.window", "[31, 25] is upside down", "[25, 31]"),
    ("window = [25, 31]", "window = [29, 31]", "visits.W04.day", "Day 28", "Widen the window"),
    ("window = [25, 31]", "window = [25]", "visits.W04.window", "[25] has 1 values", "exactly two"),
    ("window = [25, 31]", "window = [25, 28, 31]", "visits.W04.window", "has 3 values", "exactly two"),
    ("window = [25, 31]", "window = 25", "visits.W04.window", "25 is no list", "square brackets"),
    ("day = 28", 'day = "four weeks"', "visits.W04.day", "'four weeks' is no whole number", "whole number"),
    ("day = 28", "day = 28.5", "visits.W04.day", "28.5 is no whole number", "whole number"),
    ('kind = "treatment"', 'kind = "treatmant"', "visits.W04.kind", "'treatmant'", "Did you mean 'treatment'"),
    ('"visit", "injection", "pain"]', '"visit", "injektion"]', "visits.W04.forms", "'injektion'", "'injection'"),
    ("'age_years >= 2'", "'age_yaers >= 2'", "criteria.A-I1.expression", "'age_yaers'", "'age_years'"),
    ("'age_years >= 2'", "'age_years >= '", "criteria.A-I1.expression", "cannot be read", "Mend"),
    ('"JDM", "SSc"]', '"JDM", "SSC"]', "criteria.A-I2.expression", "'SSC'", "Did you mean 'SSc'"),
    ('id = "A-E2"', 'id = "A-E1"', "criteria", "'A-E1' is there 2 times", "its own id"),
    ('source = ["eudract"]', 'source = ["eudrct"]', "facts.eudract.source", "'eudrct'", "'eudract'"),
    ('source = ["eudract"]', "", "facts.eudract.source", "'seen' has no source", "mark it assumed"),
    ("value = 40", "value = 2020-01-01", "facts.sample_size.value", "2020", "quotation marks"),
    ("value = 40\n", "", "facts.sample_size.value", "'seen' has no value", "write unspecified"),
    ("value = 40\n", 'value = "40 or 60"\n', "", "", ""),
    (
        'status = "conflict"',
        'status = "conflicting"',
        "facts.completion_date.status",
        "'conflicting'",
        "'conflict'",
    ),
    ('value = ["2023-03-01", "2023-03-18"]', 'value = "2023-03"', "facts.completion_date.value", "single", "all"),
    ('version = "1"', "version = 1", "version", "1 is no text", "quotation marks"),
    ('"pain", "ct_measurement", "adverse_event"', '"pain", "ct_measurement", "ae"', "use_forms", "'ae'", "Known"),
    ("use_forms = [", 'use_forms = "screening"\nfoo = [', "use_forms", "no list of forms", "list of names"),
    ("block = 4", "block = 3", "control.variants.concurrent_untreated.allocation.block", "block of 3", "sum, 2"),
    (
        "[1, 1], block = 4",
        "[1], block = 4",
        "control.variants.concurrent_untreated.allocation.ratio",
        "1 parts",
        "",
    ),
    ('["diagnosis"]', '["diagnose"]', "control.variants.concurrent_untreated.allocation.strata", "'diagnose'", ""),
    ('visit = "W12"', 'visit = "W13"', "endpoints.pain.visit", "'W13' is not planned", "'W12'"),
    ('unit = "lesion", ratio', 'unit = "participant", ratio', "", "needs allocation of each lesion", ""),
    ('note = "A legal norm; the exact wording was not seen."', "", "criteria.A-I3.note", "no reason", "says why"),
    ('kind = "unspecified"', 'kid = "unspecified"', "control.kind", "'kind' is missing", "Add kind"),
]


@pytest.mark.parametrize(("old", "new", "place", "what", "instead"), ONE_FAULT)
def test_one_fault_has_its_place_its_value_and_what_to_write(
    old: str, new: str, place: str, what: str, instead: str
) -> None:
    if not (place or what):
        assert parse(changed((old, new)).encode(), "own.toml")  # a range in words is a value like another
        return
    found = problems(changed((old, new)))
    assert any(p.place.startswith(place) and what in p.what and instead in p.instead for p in found), "\n".join(
        map(str, found)
    )


def test_a_cut_window_does_not_hide_that_its_visit_is_planned() -> None:
    """The endpoints at W12 stay right although W12 itself cannot be judged."""
    found = problems(changed(("window = [77, 91]", "window = [77]")))
    assert [p.place for p in found] == ["visits.W12.window"]


def test_all_problems_of_a_file_are_told_at_once() -> None:
    text = changed(
        ('version = "1"', "version = 1"),
        ('label = "Sample size"', 'lable = "Sample size"'),
        ("window = [25, 31]", "window = [31, 25]"),
        ("window = [77, 91]", "window = [77]"),
        ("'age_years >= 2'", "'age_yaers >= 2'"),
        ('id = "A-E2"', 'id = "A-E1"'),
        ('source = ["eudract"]', 'source = ["eudrct"]'),
        ("block = 4", "block = 3"),
    )
    assert [p.place for p in problems(text)] == [
        "version",
        "facts.sample_size.label",
        "facts.sample_size.lable",
        "visits.W12.window",
        "facts.eudract.source",
        "criteria",
        "criteria.A-I1.expression",
        "visits.W04.window",
        "control.variants.concurrent_untreated.allocation.block",
    ]


def test_a_form_of_one_s_own_is_checked_item_by_item() -> None:
    form = """
[[forms]]
id = "own"
label = "Own"
level = "visit"
items = [
  { id = "a", label = "A", type = "choice" },
  { id = "a", label = "A again", type = "text", unit = "mg" },
  { id = "b", label = "B", type = "decimal", min = 3, max = 2 },
]
"""
    assert {(p.place, p.instead) for p in problems(TEXT + form)} == {
        ("forms.own", "Give each its own id."),
        ("forms.own.a", "List them."),
        ("forms.own.a", "Only numbers have them."),
        ("forms.own.b", "Swap them."),
    }


def test_a_person_works_at_a_listed_site() -> None:
    text = (HERE / "stsinj.toml").read_text("utf-8").replace('site = "PITTSBURGH"', 'site = "PITSBURGH"')
    assert "Did you mean 'PITTSBURGH'" in str(problems(text)[0])


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(TEXT.splitlines()[10:]), st.sampled_from(["", "x = 1", "= ", "value = [[1], 2]", "[[visits]]"]))
def test_a_file_with_any_line_changed_is_read_or_refused_and_nothing_else(line: str, new: str) -> None:
    text = TEXT.replace(f"\n{line}\n", f"\n{new}\n", 1)
    try:
        parse(text.encode(), "own.toml")
    except RefusedError as refused:
        assert all(p.place and p.what for p in refused.problems)
