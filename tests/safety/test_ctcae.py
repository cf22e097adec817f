"""CTCAE v5.0: its terms, its grades, and what is refused."""

import pytest

from calcitrial.safety import check_event, find_terms, grade_text, term, terms
from calcitrial.safety.ctcae import TABLE


def test_all_837_terms_are_there_and_each_has_a_grade():
    assert len(terms()) == 837
    assert len({t.name.casefold() for t in terms()}) == 837
    assert [t.name for t in terms() if not t.grades] == []


def test_the_table_is_the_founders_copy(shared):
    assert TABLE.read_bytes() == (shared / "domain" / "ctcae5.csv").read_bytes()


def test_injection_site_reaction_grade_3_is_ulceration_or_necrosis():
    assert grade_text("Injection site reaction", 3).startswith("Ulceration or necrosis")


def test_a_grade_that_does_not_exist_has_no_text():
    assert grade_text("Anaphylaxis", 1) is None
    assert grade_text("no such term", 1) is None


def test_a_term_is_found_whatever_its_capitals():
    assert term("SKIN  infection").soc == "Infections and infestations"


def test_search_puts_the_shortest_name_that_holds_every_word_first():
    assert find_terms("skin infection")[0].name == "Skin infection"
    assert find_terms("ulcer skin")[0].name == "Skin ulceration"
    assert len(find_terms("infection", limit=4)) == 4


def test_search_forgives_a_slip_of_the_pen():
    assert find_terms("Anaphilaxis")[0].name == "Anaphylaxis"


def test_search_for_nothing_finds_nothing():
    assert find_terms("  ") == ()


def test_an_event_with_term_and_grade_of_the_dictionary_passes():
    assert check_event({"term": "Skin infection", "grade": 2}) == ()
    assert check_event({"term": "skin infection", "grade": "2"}) == ()


def test_an_unknown_term_is_refused_with_its_neighbours():
    (problem,) = check_event({"term": "Skin infektion", "grade": 2})
    assert "'Skin infektion'" in problem.what
    assert "Skin infection" in problem.instead


def test_an_unknown_term_without_neighbours_says_so():
    (problem,) = check_event({"term": "zzzzqqqq", "grade": 1})
    assert "none is near" in problem.instead


@pytest.mark.parametrize(("name", "grade", "listed"), [("Anaphylaxis", 2, "3, 4, 5"), ("Nausea", 4, "1, 2, 3")])
def test_a_grade_that_does_not_exist_is_refused_with_those_that_do(name, grade, listed):
    (problem,) = check_event({"term": name, "grade": grade})
    assert f"{name} has no grade {grade}" in problem.what
    assert listed in problem.instead


def test_missing_values_are_left_to_the_form():
    assert check_event({}) == ()
    assert check_event({"term": "Anaphylaxis", "grade": None}) == ()
