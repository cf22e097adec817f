"""Fixed texts of templates are said once per language, and as Django says them."""

import pytest
from django.template import engines
from django.templatetags.i18n import TranslateNode
from django.utils.translation import override

from calcitrial.record import connect
from calcitrial.web.phrases import FixedText

LOAD = "{% load i18n %}"


@pytest.fixture(scope="module", autouse=True)
def program(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The settings of a home, which say where the templates are."""
    connect(tmp_path_factory.mktemp("home"), create=True)


def nodes(source: str) -> list[object]:
    return list(engines["django"].from_string(LOAD + source).template.nodelist)[1:]


def said(source: str, language: str, **values: object) -> str:
    with override(language):
        return engines["django"].from_string(LOAD + source).render(values)


@pytest.mark.parametrize("words", ["Participants", "Sign out", "100 % of it", "a < b"])
def test_a_fixed_text_is_said_as_django_says_it(words: str) -> None:
    for language in ("en", "fr", "en"):
        with override(language):
            (node,) = nodes(f'{{% translate "{words}" %}}')
            assert isinstance(node, FixedText)
        by_name = f'{{% translate "{words}" as text %}}{{{{ text }}}}'
        assert said(f'{{% translate "{words}" %}}', language) == said(by_name, language)


def test_the_same_node_speaks_both_languages_in_turn() -> None:
    template = engines["django"].from_string(LOAD + '{% for n in two %}{% translate "Participants" %} {% endfor %}')
    found = []
    for language in ("en", "fr", "en"):
        with override(language):
            found.append(template.render({"two": (1, 2)}).split())
    assert found[0] == found[2] == ["Participants"] * 2
    assert said('{% translate "Sign out" %}', "fr") != "Sign out"


def test_texts_that_are_not_fixed_stay_with_django() -> None:
    for source in (
        "{% translate word %}",
        '{% translate "a" as b %}',
        '{% translate "a"|upper %}',
        '{% trans "a" noop %}',
    ):
        assert isinstance(nodes(source)[0], TranslateNode), source
    assert said("{% translate word %}", "fr", word="Participants") == said('{% translate "Participants" %}', "fr")
    assert "&lt;" in said("{% translate word %}", "en", word="<b>")
