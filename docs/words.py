"""The French of the pages: which words there are, and the catalogue they are translated in.

`python docs/words.py` adds what is new to the catalogue (untranslated) and takes out what is gone, then compiles it;
`python docs/words.py missing` prints what has no French yet. Words are the English texts of templates
(`{% translate %}`, `{% blocktranslate %}`), of `_("…")` in the code, of menus, and the labels and choices of forms.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import polib

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "calcitrial"
CATALOGUE = PACKAGE / "web" / "locale" / "fr" / "LC_MESSAGES" / "django.po"
SPOKEN = ("clinic", "web", "people", "participants", "diary", "lesions", "pharmacy", "safety", "quality")
CALL = re.compile(r"""\b(?:gettext|gettext_lazy|_)\(u?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")""")
TRANSLATED = {"_", "gettext", "gettext_lazy"}


def words() -> set[str]:
    """Return every text that the pages show in the reader's language."""
    return {text for text in (*_templates(), *_code(), *_forms(), *_menus()) if text.strip()}


def _templates() -> Iterator[str]:
    from django.utils.translation.template import templatize

    for path in sorted(PACKAGE.glob("*/templates/**/*.html")):
        for quoted in CALL.findall(templatize(path.read_text("utf-8"))):
            yield ast.literal_eval(quoted)


def _code() -> Iterator[str]:
    for room in SPOKEN:
        for path in sorted((PACKAGE / room).glob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in TRANSLATED:
                    first = node.args[0] if node.args else None
                    if isinstance(first, ast.Constant) and isinstance(first.value, str):
                        yield first.value


def _forms() -> Iterator[str]:
    from calcitrial.protocol import SHIPPED, house_forms, load

    shipped = [load(name) for name in SHIPPED]
    for protocol in shipped:
        yield from (visit.label for visit in protocol.visits)
        yield from (criterion.text for criterion in protocol.criteria)
    for form in (*house_forms().values(), *(form for one in shipped for form in one.forms)):
        yield form.label
        for item in form.items:
            yield from (item.label, item.help, *item.choices)


def _menus() -> Iterator[str]:
    from calcitrial.clinic.menu import ACTIONS, MENU

    yield from (offer.words for offer in (*MENU, *ACTIONS))


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
    known = {entry.msgid for entry in catalogue() if entry.msgstr and "fuzzy" not in entry.flags}
    return sorted(words() - known)


def renew() -> None:
    """Bring the catalogue up to the words there are, and compile it."""
    found, there = catalogue(), words()
    kept = {entry.msgid: entry for entry in found if entry.msgid in there}
    renewed = polib.POFile(wrapwidth=120)
    renewed.metadata = found.metadata
    for text in sorted(there):
        renewed.append(kept.get(text) or polib.POEntry(msgid=text))
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    renewed.save(str(CATALOGUE))
    renewed.save_as_mofile(str(CATALOGUE.with_suffix(".mo")))


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
