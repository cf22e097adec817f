"""The French of the pages: which words there are, and the catalogue they are translated in.

`python docs/words.py` adds what is new to the catalogue (untranslated) and takes out what is gone, then compiles it;
`python docs/words.py missing` prints what has no French yet. Words are the English texts of templates
(`{% translate %}`, `{% blocktranslate %}`), of `_("…")` in the code, of menus, the labels and choices of forms, and
what docs/sentences.py collects: the sentences of the rooms and the texts of the viewer's scripts.
"""

import ast
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import polib

sys.path.insert(0, str(Path(__file__).parents[1]))
from docs.sentences import of_scripts, problems, sentences, titles
from docs.words_of_sources import of_sources

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "calcitrial"
CATALOGUE = PACKAGE / "web" / "locale" / "fr" / "LC_MESSAGES" / "django.po"
SCRIPT = PACKAGE / "web" / "static" / "viewer" / "words.fr.js"
SPOKEN = (
    "public",
    "desk",
    "consent_desk",
    "visit_desk",
    "treatment_desk",
    "diary_desk",
    "safety_desk",
    "data_desk",
    "clinic",
    "web",
    "people",
    "identity",
    "consents",
    "participants",
    "diary",
    "lesions",
    "pharmacy",
    "safety",
    "vigilance",
    "quality",
)
QUOTED = r"""u?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
CALL = re.compile(r"\b(?:gettext|gettext_lazy|_)\(" + QUOTED)
COUNTED = re.compile(r"\bngettext\(" + QUOTED + r",\s*" + QUOTED)
TRANSLATED = {"_", "gettext", "gettext_lazy"}


def words() -> set[str]:
    """Return every text that the pages show in the reader's language."""
    found = (*_templates(), *_code(), *_forms(), *_menus(), *_states(), *plurals())
    found += (*sentences(), *problems(), *of_scripts(), *titles(), *of_sources())
    return {text for text in found if text.strip()}


def plurals() -> dict[str, str]:
    """Return the texts that count something: by what is said of one, what is said of many."""
    return dict(sorted((*_counted_in_templates(), *_counted_in_code())))


def _templates() -> Iterator[str]:
    for text in _templatized():
        for quoted in CALL.findall(text):
            yield ast.literal_eval(quoted)


def _counted_in_templates() -> Iterator[tuple[str, str]]:
    for text in _templatized():
        for one, many in COUNTED.findall(text):
            yield ast.literal_eval(one), ast.literal_eval(many)


def _templatized() -> Iterator[str]:
    from django.utils.translation.template import templatize

    for path in sorted(PACKAGE.glob("*/templates/**/*.html")):
        yield templatize(path.read_text("utf-8"))


def _code() -> Iterator[str]:
    for texts in _calls(TRANSLATED):
        yield from texts[:1]


def _counted_in_code() -> Iterator[tuple[str, str]]:
    for texts in _calls({"ngettext"}):
        yield texts[0], texts[1]


def _calls(names: set[str]) -> Iterator[list[str]]:
    """Yield the texts that are written out in each call of these functions."""
    for room in SPOKEN:
        for path in sorted((PACKAGE / room).glob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
                    yield [
                        one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)
                    ]


def _forms() -> Iterator[str]:
    from calcitrial.protocol import SHIPPED, house_forms, load

    shipped = [load(name) for name in SHIPPED]
    for protocol in shipped:
        yield from (visit.label for visit in protocol.visits)
        yield from (criterion.text for criterion in protocol.criteria)
    for form in (*house_forms().values(), *(form for one in shipped for form in one.forms)):
        yield form.label
        yield from (check.message for check in form.checks)
        for item in form.items:
            yield from (item.label, item.help, *item.choices)


def _menus() -> Iterator[str]:
    from calcitrial.clinic.menu import ACTIONS, MENU

    yield from MENU
    yield from (offer.words for offers in (*MENU.values(), ACTIONS) for offer in offers)


def _states() -> Iterator[str]:
    """Yield the words that pages take from the code: headings, states, and the names of body sites."""
    from typing import get_args

    from calcitrial.clinic.today_pages import KINDS
    from calcitrial.consent_desk.identity_pages import LABELS as DETAILS
    from calcitrial.data_desk.review_pages import STAGES
    from calcitrial.diary.plan import proposed
    from calcitrial.identity import REASONS
    from calcitrial.lesions import TITLES, sites
    from calcitrial.participants import analytes
    from calcitrial.participants.visits import VisitState
    from calcitrial.pharmacy.limit import LABELS as LIMITS
    from calcitrial.protocol import GROUPS, SHIPPED, load
    from calcitrial.protocol.differing import KEYS
    from calcitrial.safety.special_interest import steps_for
    from calcitrial.vigilance.expected import expected_events
    from calcitrial.web.pages import COLUMNS

    yield from (*GROUPS.values(), *KEYS.values())
    yield from (*KINDS.values(), *STAGES, *TITLES.values(), *get_args(VisitState))
    yield from (*DETAILS.values(), *REASONS, *LIMITS.values(), *(one.label for one in analytes().values()))
    yield from SPECIAL
    yield from (text for kind in SPECIAL for step in steps_for(kind) for text in (step.text, step.why))
    yield from (text for one in expected_events() for text in (one.basis, one.route))
    yield from (plan.note for plan in proposed())
    yield from (site.name for site in sites())
    yield from (label for _, label in COLUMNS)
    yield from _reading_room()
    yield from _people()
    items = (item for name in SHIPPED for form in load(name).forms for item in form.items)
    yield from (f"ended: {reason}" for item in items if item.id == "end_reason" for reason in item.choices)
    yield from OTHERS


def _reading_room() -> Iterator[str]:
    from calcitrial.web.agreement_page import KINDS
    from calcitrial.web.protocol_page import STATUS
    from calcitrial.web.reading_pages import NAMES, PLANES, PRESETS

    yield from (label for label, _ in NAMES.values())
    yield from (label for presets in PRESETS.values() for label, _ in presets)
    yield from (plane for planes in PLANES.values() for plane in planes)
    yield from (*KINDS, *chosen_in_scripts())
    yield from (words for _, words in STATUS.values())


def chosen_in_scripts() -> tuple[str, ...]:
    """Return the words that the viewer looks up by what was chosen: sizes, outcomes, windows."""
    sizes, outcomes = ("length", "width", "depth", "area"), ("measured", "absent", "not assessable")
    return (*sizes, *outcomes, "no answer yet", "bone", "soft tissue", "calcification", "all values")


def _people() -> Iterator[str]:
    """Yield the names of roles and of rights, what happens to accounts, and the arms of the trials shipped."""
    import csv

    from calcitrial.people.events import KINDS
    from calcitrial.protocol import SHIPPED, load

    rows = list(csv.DictReader((PACKAGE / "people" / "roles.csv").read_text("utf-8").splitlines()))
    yield from (row[name].replace("_", " ") for row in rows for name in ("role", "capability"))
    yield from KINDS.values()
    for name in SHIPPED:
        variants = load(name).control.variants
        yield from (rule.text for rule in load(name).stopping_rules)
        yield from (variant.label for variant in variants)
        yield from (arm.label for one in ("", *(variant.id for variant in variants)) for arm in load(name, one).arms)


SPECIAL = ("necrosis", "ulcer", "infection")
# Said by the code without a list to take it from.
OTHERS = (
    *("registered", "screened", "enrolled", "entered", "inclusion", "exclusion", "complete", "empty", "missed"),
    *("The study has committed to its secret", "A data manager activates the allocation."),
    *("The list of lesions is frozen and signed", "The investigator freezes and signs the list of lesions."),
    *("Screen and enrol the participant first.", "Drawn once; nobody can repeat or undo it."),
    # Sentences that are put together from more than one piece, and words that stand in them.
    *("{label}: {on}, {held} ({window}).", "{on}, {held} ({window}).", "not done, {passed}; {window}."),
    *("not done; {window}.", "done", "OVERDUE by {span}", "done {on} UTC, {kept}", "in time", "LATE", "(redacted)"),
    *(
        "“{item}” is yes",
        "“{item}” is no",
        "“{item}” is {value}",
        "“{item}” is not {value}",
        "“{item}” at least {value}",
    ),
    *("Grade {grade}", "days since the injection", "day {day}, grade {grade}: {number}", ", serious", "no site"),
    *("lesion", "lesions", "ratio", "geometric mean", "Fewer than three lesions were measured by both."),
    *("{first} over {second}: {quantity}", "participant", "visit", "event", "term", "day", "days", "hours"),
    *("{label}, {known} sites; the table beside holds the numbers", "{number} events", "{name} and {number} more."),
    *("{term} grade {grade}{where} on {onset}.", "{study}: {rule} ({number} events)."),
    "{term} grade {grade}{where} on {onset} (relation unknown, counted as related).",
)


def catalogue() -> polib.POFile:
    """Return the catalogue as committed; an empty one where there is none."""
    if CATALOGUE.is_file():
        return polib.pofile(str(CATALOGUE), wrapwidth=120)
    found = polib.POFile(wrapwidth=120)
    found.metadata = {"Language": "fr", "Content-Type": "text/plain; charset=utf-8", "Plural-Forms": PLURALS}
    return found


PLURALS = "nplurals=2; plural=(n > 1);"


def missing() -> list[str]:
    """Return the words that have no French yet."""
    known = {entry.msgid for entry in catalogue() if french(entry) and "fuzzy" not in entry.flags}
    return sorted(words() - known)


def french(entry: polib.POEntry) -> list[str]:
    """Return what an entry says in French: one text, or one and many; nothing where a text is missing."""
    said = list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]
    return said if all(said) else []


def renew() -> None:
    """Bring the catalogue up to the words there are, and compile it."""
    found, there = catalogue(), words()
    many = plurals()
    kept = {one.msgid: one for one in found if one.msgid in there and one.msgid_plural == many.get(one.msgid, "")}
    renewed = polib.POFile(wrapwidth=120)
    renewed.metadata = found.metadata
    for text in sorted(there):
        renewed.append(kept.get(text) or _new(text, many.get(text, "")))
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    renewed.save(str(CATALOGUE))
    renewed.save_as_mofile(str(CATALOGUE.with_suffix(".mo")))
    SCRIPT.write_text(script(), "utf-8")


def script() -> str:
    """Return the French of the viewer's texts as a JavaScript module, which its pages load."""
    known = {entry.msgid: entry.msgstr for entry in catalogue()}
    there = sorted({*of_scripts(), *chosen_in_scripts()} & known.keys())
    lines = [
        f"  {json.dumps(text, ensure_ascii=False)}: {json.dumps(known[text], ensure_ascii=False)},\n" for text in there
    ]
    return (
        "/** Made by docs/words.py from the catalogue; not to be edited. */\nexport const WORDS = {\n"
        + "".join(lines)
        + "};\n"
    )


def _new(text: str, many: str) -> polib.POEntry:
    """Return an entry without French."""
    if many:
        return polib.POEntry(msgid=text, msgid_plural=many, msgstr_plural={0: "", 1: ""})
    return polib.POEntry(msgid=text)


if __name__ == "__main__":
    import os
    import tempfile

    import django

    os.environ.setdefault("CALCITRIAL_HOME", tempfile.mkdtemp())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "calcitrial.settings")
    django.setup()
    if sys.argv[1:] == ["missing"]:
        print("\n".join(missing()))
    else:
        renew()
        print(f"{len(words())} texts, {len(missing())} without French.")
