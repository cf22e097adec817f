"""The pre-screener as a file: the same questions, rules and scripts, with no form that sends; it works from any disk.

Everything it needs stands in the page, and its policy lets it ask nothing of any computer. Its rules and sentences are
those of the trial page and pass the same claim check; the answers stay in the browser and on the printed sheet.
"""

import re
from collections.abc import Iterator, Sequence
from html import escape
from importlib.resources import files

import orjson

from calcitrial.claims import Page, Sentence, check_page, problem_of
from calcitrial.evidence import Study
from calcitrial.leaflet import LANGUAGES, Desk, Frame, Link, desk_of, document, fit_page
from calcitrial.matching import Question, questions_of
from calcitrial.protocol import Protocol, refuse, rule_tree

ENDING = "-fit.html"
VERDICTS = ("against", "open", "none")
KINDS = (("inclusion", "needed"), ("exclusion", "excluded"))
CONTENTS = (
    ("questions", "questions"),
    ("so_far", "so_far"),
    ("rules_list", "rules"),
    ("call", "call"),
    ("doctor", "doctor"),
)


def fit_files(protocol: Protocol, reports: Sequence[Study]) -> dict[str, bytes]:
    """Return the pre-screener of a trial by file name, one page per language; RefusedError when a page has a defect."""
    return {f"{language}{ENDING}": _file(protocol, reports, language) for language in LANGUAGES}


def _file(protocol: Protocol, reports: Sequence[Study], language: str) -> bytes:
    desk, page = desk_of(protocol, reports, language), fit_page(protocol, reports, language)
    refuse([problem_of(one, f"{language}{ENDING}") for one in check_page(page, desk.ground)])
    texts = desk.texts
    other = next(one for one in LANGUAGES if one != language)
    frame = Frame(
        root=f'lang="{language}" data-study="{escape(page.study)}" data-definition="{page.definition}"',
        title=f"{texts.fit['title']} | {protocol.name}",
        heading=protocol.name,
        links=(
            Link(f"{other}{ENDING}", texts.page["language"], other),
            Link(f"{language}.html", texts.page["whole"]),
        ),
        contents=tuple((place, texts.fit[words]) for place, words in CONTENTS),
        skip=texts.page["skip"],
        contents_label=texts.page["contents"],
        footer=f"<p>{escape(texts.page['fit_made'].format(definition=page.definition[:12]))}</p>",
        script=script(),
    )
    return document(frame, _body(desk, page))


def script() -> str:
    """Return the scripts of the served pre-screener as one: the rules in three values, then the page that asks them."""
    rules = (files("calcitrial.visit_desk") / "static/visit_desk/rules.js").read_text("utf-8")
    asking = (files("calcitrial.public") / "static/public/prescreener.js").read_text("utf-8")
    joined = re.sub(r"(?m)^export ", "", rules) + re.sub(r"(?m)^import .*\n", "", asking)
    return joined.replace("</", "<\\/")


def _body(desk: Desk, page: Page) -> str:
    texts, protocol = desk.texts.fit, desk.protocol
    questions = questions_of(protocol)
    states = "".join(f' data-{name}="{escape(texts[name])}"' for name in ("unknown", "met", "against"))
    asked = "\n".join(_question(one, desk) for one in questions if one.asked_of == "person")
    site = "".join(f"<li>{escape(one.text(desk.texts.language))}</li>" for one in questions if one.asked_of == "site")
    rules = orjson.dumps([*_rules(protocol)]).decode().replace("<", "\\u003c")
    unwritten = any(not one.expression for one in protocol.criteria)
    verdicts = "".join(_house(desk, f"fit_{name}", f' data-verdict="{name}" hidden') for name in VERDICTS)
    listed = "".join(_criteria(page, kind, texts[word]) for kind, word in KINDS)
    return f"""<form id="fit"{states} autocomplete="off">
<section data-part="questions" id="questions"><h2>{escape(texts["questions"])}</h2>
{_house(desk, "fit_intro")}{_house(desk, "fit_advice")}{_house(desk, "fit_skip")}
{asked}</section>
<section data-part="so_far" id="so_far"><h2>{escape(texts["so_far"])}</h2>
<div aria-live="polite">{_house(desk, "fit_without", " data-without")}
{verdicts}</div></section>
<section id="rules_list"><h2>{escape(texts["rules"])}</h2>
{listed}
{_house(desk, "fit_unwritten") if unwritten else ""}
<fieldset class="question"><legend>{escape(texts["site"])}</legend><ul>{site}</ul></fieldset></section>
<section data-part="call" id="call"><h2>{escape(texts["call"])}</h2>
{"".join(_sentence(one) for one in _said(page, "clinic"))}</section>
<section data-part="doctor" id="doctor"><h2>{escape(texts["doctor"])}</h2>
{_house(desk, "fit_doctor")}<button type="button" data-print hidden>{escape(texts["print"])}</button></section>
</form>
<script type="application/json" id="rules">{rules}</script>"""


def _rules(protocol: Protocol) -> Iterator[dict[str, object]]:
    for one in protocol.criteria:
        if one.expression and (rule := rule_tree(one.expression)):
            yield {"id": one.id, "wanted": one.type == "inclusion", "rule": rule}


def _house(desk: Desk, key: str, more: str = "") -> str:
    return f'<p data-basis="house.{key}"{more}>{escape(desk.texts.house[key])}</p>\n'


def _sentence(one: Sentence, tag: str = "p") -> str:
    return f'<{tag} data-basis="{escape("|".join(one.basis))}">{escape(one.text)}</{tag}>\n'


def _said(page: Page, name: str) -> Sequence[Sentence]:
    part = page.part(name)
    return part.sentences if part else ()


def _criteria(page: Page, kind: str, title: str) -> str:
    told = {one.basis[0].removeprefix("criteria."): one for one in _said(page, kind)}
    lines = "".join(
        f'<li data-criterion="{escape(name)}">{_sentence(one, "span")} <strong class="state"></strong></li>'
        for name, one in told.items()
    )
    inner = f'<h3>{escape(title)}</h3><ul class="criteria">{lines}</ul>'
    return f'<section data-part="{kind}">{inner}</section>' if told else ""


def _question(one: Question, desk: Desk) -> str:
    item, texts = one.item, desk.texts
    name, words = escape(item.id), escape(one.text(texts.language))
    data = f'class="question" data-item="{name}" data-type="{escape(item.type)}"'
    if item.type == "boolean":
        choices = (("true", texts.fit["yes"]), ("false", texts.fit["no"]), ("", texts.fit["skip_question"]))
        radios = "".join(_radio(name, *choice) for choice in choices)
        return f'<fieldset {data}><legend>{words}</legend><div class="answers">{radios}</div></fieldset>'
    field = f'<input id="q-{name}" name="{name}" inputmode="numeric" size="5" maxlength="6">'
    if item.choices:
        pairs = [("", texts.fit["skip_question"]), *((value, _choice(value, desk)) for value in item.choices)]
        options = "".join(f'<option value="{escape(value)}">{escape(said)}</option>' for value, said in pairs)
        field = f'<select id="q-{name}" name="{name}">{options}</select>'
    unit = f" ({escape(texts.fit.get(item.unit, item.unit))})" if item.unit and not item.choices else ""
    return f'<div {data}><label for="q-{name}">{words}{unit}</label>\n{field}</div>'


def _radio(name: str, value: str, words: str) -> str:
    checked = "" if value else " checked"
    return f'<label><input type="radio" name="{name}" value="{value}"{checked}> {escape(words)}</label>'


def _choice(value: str, desk: Desk) -> str:
    """Return what a person calls a choice that the forms of the clinic name by a code."""
    return desk.texts.fit.get(value) or desk.texts.conditions.get(value, value)
