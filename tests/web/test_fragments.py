"""Parts of pages: drawn once for each content and language, from their values alone, and the same as drawn anew."""

from dataclasses import dataclass, field

import pytest
from django.template import Context, TemplateSyntaxError, engines
from django.test import RequestFactory
from django.utils.translation import override

from calcitrial.record import connect
from calcitrial.web import fragments
from calcitrial.web.fragments import KEPT, _kept
from calcitrial.web.reading import VisitMark

PART = "pages/visit_dots.html"


@dataclass(frozen=True)
class Mark:
    id: str
    state: str
    words: str = "Baseline: done."
    drawn: list[int] = field(default_factory=list, compare=False)


@pytest.fixture(scope="module", autouse=True)
def program(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The settings of a home, which say where the templates are."""
    connect(tmp_path_factory.mktemp("home"), create=True)


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    _kept.clear()


def drawn(source: str, **values: object) -> str:
    return engines["django"].from_string(source).render(values, RequestFactory().get("/"))


KEEP = '{% kept "pages/visit_dots.html" marks=marks %}'
ANEW = '{% include "pages/visit_dots.html" %}'


def test_what_is_kept_is_what_would_be_drawn(pages: object = None) -> None:
    for state in ("open", "missed", "outside", "done"):
        marks = (Mark("BL", state), Mark("W04", "open"))
        for language in ("en", "fr"):
            with override(language):
                first = drawn(KEEP, marks=marks)
                assert first == drawn(ANEW, marks=marks) == drawn(KEEP, marks=tuple(marks))
    assert len(_kept) == 8


def test_another_content_or_language_is_another_part() -> None:
    with override("en"):
        english = drawn(KEEP, marks=(Mark("BL", "open"),))
        assert drawn(KEEP, marks=(Mark("BL", "done"),)) != english
    with override("fr"):
        assert drawn(KEEP, marks=(Mark("BL", "open"),)) != english
    with override("en"):
        assert drawn(KEEP, marks=(Mark("BL", "open"),)) == english


def test_a_part_sees_nothing_but_what_it_is_given() -> None:
    """Who asks, and what they may do, cannot get into what others are shown."""
    part = fragments.Kept("pages/menu.html", {})
    template = engines["django"].from_string("{{ who }}").template
    context = Context({"who": "nora", "menu": ("secret",)})
    with context.bind_template(template):
        assert "secret" not in part.render(context)


def test_what_can_change_is_drawn_each_time() -> None:
    marks = [Mark("BL", "open")]
    assert 'class="dot open"' in drawn(KEEP, marks=marks)
    marks[0] = Mark("BL", "done")
    assert 'class="dot done"' in drawn(KEEP, marks=marks) and not _kept


def test_texts_are_escaped_as_ever() -> None:
    text = drawn(KEEP, marks=(Mark("<b>", "open", '"><script>'),))
    assert "<script>" not in text and "&lt;b&gt;" in text


def test_no_more_is_kept_than_so_much() -> None:
    for number in range(KEPT + 600):
        _kept[number] = _kept.get(number) or ""
    drawn(KEEP, marks=(Mark("BL", "open"),))
    assert len(_kept) <= KEPT and any(isinstance(key, tuple) for key in _kept)


@pytest.mark.parametrize("source", ["{% kept part marks=marks %}", '{% kept "pages/visit_dots.html" marks %}'])
def test_a_tag_that_cannot_be_read_is_refused(source: str) -> None:
    with pytest.raises(TemplateSyntaxError, match="kept"):
        drawn(source, marks=())


def test_a_mark_of_a_visit_can_be_a_key() -> None:
    assert hash(VisitMark("BL", "Baseline", None, None, None)) == hash(VisitMark("BL", "Baseline", None, None, None))


def test_equal_values_that_are_written_differently_are_different_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fragments.Kept, "_drawn", lambda self, context, values: str(values["value"]))
    for value, written in ((1, "1"), (1.0, "1.0"), (True, "True")):
        assert drawn('{% kept "pages/visit_dots.html" value=value %}', value=value) == written
