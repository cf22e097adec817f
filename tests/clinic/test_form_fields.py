"""Any form is drawn with labels, units, help and problems, and read back as it was typed."""

import re

import pytest
from django.conf import settings
from django.http import QueryDict
from django.template.loader import render_to_string

from calcitrial.desk.form_fields import Field, fields_of, summary_of, values_of
from calcitrial.protocol import Form, Problem, Protocol, RefusedError, check_values
from calcitrial.record import Place

FORM = Form.model_validate(
    {
        "id": "blood",
        "label": "Blood",
        "level": "visit",
        "items": [
            {"id": "drawn", "label": "Drawn", "type": "boolean", "required": True},
            {"id": "fasting", "label": "Fasting", "type": "boolean", "help": "No food for eight hours."},
            {"id": "albumin", "label": "Albumin", "type": "decimal", "unit": "g/L", "usual": [35, 50], "max": 90},
            {"id": "arm_side", "label": "Side", "type": "choice", "choices": ["left", "right"]},
            {"id": "tube", "label": "Tube", "type": "choice", "choices": list("abcdefgh")},
            {"id": "where", "label": "Where", "type": "lesion", "show_if": "drawn"},
            {"id": "remark", "label": "Remark <b>", "type": "text", "long": True},
        ],
    }
)


@pytest.fixture
def protocol(stsinj: Protocol) -> Protocol:
    return stsinj.model_copy(update={"forms": (*stsinj.forms, FORM)})


@pytest.fixture(autouse=True)
def configured(tmp_path_factory: pytest.TempPathFactory) -> None:
    if not settings.configured or not hasattr(settings, "ROOT_URLCONF"):
        from calcitrial.record import connect

        connect(tmp_path_factory.mktemp("home"), create=True)


def drawn(fields: list[Field], summary: list[tuple[str, str]] | None = None) -> str:
    return render_to_string("desk/fields.html", {"fields": fields, "summary": summary or []})


def by_item(fields: list[Field]) -> dict[str, Field]:
    return {field.item: field for field in fields}


def test_every_type_of_item_has_its_input(protocol: Protocol) -> None:
    found = by_item(fields_of(protocol, FORM, {}, options={"where": [("P1-L1", "P1-L1, thumb")]}))
    kinds = {name: field.input for name, field in found.items()}
    assert kinds == {
        "drawn": "radio",
        "fasting": "radio",
        "albumin": "number",
        "arm_side": "radio",
        "tube": "select",
        "where": "select",
        "remark": "textarea",
    }
    # A required question has no way to be answered with nothing; another may be not known.
    assert [choice.value for choice in found["drawn"].choices] == ["true", "false"]
    assert [choice.label for choice in found["fasting"].choices] == ["yes", "no", "not known"]
    assert [choice.value for choice in found["where"].choices] == ["", "P1-L1"]


def test_a_value_is_chosen_shown_and_in_words(protocol: Protocol) -> None:
    found = by_item(fields_of(protocol, FORM, {"drawn": "false", "albumin": "31", "tube": "c"}))
    assert [choice.chosen for choice in found["drawn"].choices] == [False, True]
    assert (found["drawn"].text, found["albumin"].text, found["tube"].text) == ("no", "31 g/L", "c")
    page = drawn(list(found.values()))
    assert 'value="31"' in page and '<option value="c" selected>' in page
    assert re.search(r'value="false" checked', page) and "Usual: 35 to 50 g/L." in page


def test_every_input_has_a_label_and_groups_have_legends(protocol: Protocol) -> None:
    page = drawn(fields_of(protocol, FORM, {}))
    named = set(re.findall(r'<label for="([^"]+)"', page))
    single = set(re.findall(r'<(?:input type="(?:text|date)"[^>]*|select[^>]*|textarea[^>]*) id="([^"]+)"', page))
    assert single == named and len(named) == 4
    assert page.count("<legend>") == page.count("<fieldset") == 3


def test_problems_stand_beside_their_field_and_in_a_summary_that_links_there(protocol: Protocol) -> None:
    with pytest.raises(RefusedError) as refusal:
        check_values(protocol, "blood", {"albumin": "95 g/dL"})
    problems = [*refusal.value.problems, Problem("P1 W04 blood", "The site is locked.", "Wait.")]
    fields = fields_of(protocol, FORM, {"albumin": "95 g/dL"}, problems)
    summary = summary_of(FORM, fields, problems)
    assert summary[0] == ("", "The site is locked. Wait.")
    assert ("#f-albumin", "Albumin is given in 'g/dL' ('95 g/dL'). Write it in g/L.") in summary
    page = drawn(fields, summary)
    assert 'role="alert"' in page and '<a href="#f-drawn">' in page and 'id="f-drawn"' in page
    assert 'id="f-albumin-problems"' in page and 'value="95 g/dL"' in page
    field = re.search(r'<input[^>]*id="f-albumin"[^>]*>', page)
    assert field and 'aria-invalid="true"' in field[0] and "f-albumin-problems" in field[0]


def test_what_was_typed_is_escaped(protocol: Protocol) -> None:
    page = drawn(fields_of(protocol, FORM, {"remark": '</textarea><script>alert("x")</script>', "albumin": '"><b>'}))
    assert "<script>" not in page and "&lt;/textarea&gt;" in page and "Remark &lt;b&gt;" in page
    assert '"><b>' not in page


def test_only_what_was_entered_has_a_history(protocol: Protocol) -> None:
    place = Place("P1", "blood", "W04")
    found = by_item(fields_of(protocol, FORM, {"albumin": "40"}, place=place, entered={"albumin"}))
    assert found["albumin"].history == "/stsinj/history/?participant=P1&form=blood&visit=W04&item=albumin"
    assert found["drawn"].history == "" and 'History<span class="hidden"> of Albumin' in drawn(list(found.values()))


def test_a_skipped_question_is_marked(protocol: Protocol) -> None:
    page = drawn(fields_of(protocol, FORM, {}, not_asked={"where"}))
    assert re.search(r'data-item="where" data-off', page) and page.count("data-off") == 1


def test_what_was_sent_comes_back_as_typed_and_unknown_names_are_kept_for_the_refusal(protocol: Protocol) -> None:
    sent = "csrfmiddlewaretoken=x&_expected=2&albumin=+40,5+g/L&remark=one%0D%0Atwo&is_admin=1"
    values = values_of(FORM, QueryDict(sent))
    assert values == {"albumin": " 40,5 g/L", "remark": "one\ntwo", "is_admin": "1"}
    with pytest.raises(RefusedError, match="has no item 'is_admin'"):
        check_values(protocol, "blood", values)


def test_two_forms_on_one_page_are_kept_apart(protocol: Protocol) -> None:
    (first, *_rest) = fields_of(protocol, FORM, {"drawn": "true"}, prefix="L1-")
    assert (first.name, first.id) == ("L1-drawn", "f-L1-drawn")
    assert values_of(FORM, QueryDict("L1-drawn=true&L2-drawn=false"), "L1-") == {"drawn": "true"}
