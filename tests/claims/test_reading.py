"""Numbers, names and pages are read from words and from HTML."""

import pytest

from calcitrial.claims import conditions_in, numbers_in, page_in, routes_in, two_spellings, words_of

HTML = """<!doctype html><html lang="en" data-study="limoges" data-definition="abc"><head>
<style>p { margin: 4px }</style>
<script type="application/ld+json">{"phase": "99"}</script></head><body><section data-part="safety"><h2>Safe?</h2>
<p data-basis="evidence.IL01/response|facts.phase" data-route="intralesional" data-outcome="response">In one report
<b>3 of 6</b> &amp; more.<br> So it is.</p><p>Unmarked.</p></section></body></html>"""


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("NCT03582800 plans 40 people from 2020-01", {"40", "2020", "1"}),
        ("2,5 g or 2.50 g, 007", {"2.5", "7"}),
        ("PHP1A and AB0617 and 10-cm", {"10"}),
        ("1 March 2023, le 18 mars 2023", {"1", "3", "18", "2023"}),
        ("you may ask, none", set()),
    ],
)
def test_numbers(text, numbers):
    assert numbers_in(text) == numbers


def test_routes_and_conditions_in_both_languages():
    assert routes_in("une crème, puis une perfusion") == {"topical", "intravenous"}
    assert conditions_in("La dermatomyosite ou une sclérodermie, not a lupusoid thing") == {"DM", "SSc"}


def test_two_spellings_of_one_name_and_two_names():
    assert two_spellings("Robyn T Domsis and Robyn T. Domsic") == [("Domsic", "Domsis")]
    assert two_spellings("Robyn T Domsis", ["Robyn T. Domsic, MD"]) == [("Domsis", "Domsic")]
    assert two_spellings("Anna Martin, Anna Martins, Anna Matrin") == [("Martins", "Martin"), ("Matrin", "Martin")]
    assert two_spellings("Anna Martin and Anna Dupont, Paul Martins") == []


def test_a_marked_page_is_read_back():
    page = page_in(HTML)
    assert page is not None and (page.study, page.language, page.definition) == ("limoges", "en", "abc")
    (part,) = page.parts
    sentence, unmarked = part.sentences
    assert (part.id, sentence.text) == ("safety", "In one report 3 of 6 & more. So it is.")
    assert sentence.basis == ("evidence.IL01/response", "facts.phase")
    assert (sentence.route, sentence.outcome) == ("intralesional", "response")
    assert (unmarked.text, unmarked.basis) == ("Unmarked.", ())


def test_any_other_page_has_words_only():
    assert page_in("<p>Hello</p>") is None
    assert words_of(HTML).splitlines()[:2] == ["Safe?", "In one report"]
    assert "99" not in words_of(HTML) and "margin" not in words_of(HTML)
