"""The sentences that the rooms and the viewer say to people: with their values taken out, as catalogue entries.

Rooms speak English (`f"{label} is missing."`); `calcitrial.web.saying` says it in the reader's language by the
template, here `{label} is missing.`. Taken are all texts of two words and more in code that pages reach, so that no
refusal is without its French because it was built in two steps.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "src" / "calcitrial"
# What pages reach: whole rooms, and single files of those that also serve the command line.
SPEAKING = (
    *(
        "protocol/amending.py",
        "protocol/differing.py",
        "record/amendment.py",
        "record/replayed.py",
        "record/versions.py",
    ),
    *("protocol/asked.py", "protocol/check.py", "protocol/problem.py", "record/admission.py", "record/gateway.py"),
    *("record/cut.py", "record/study.py", "record/verify.py", "people", "quality", "identity", "consents"),
    *("participants", "diary", "lesions", "pharmacy", "safety", "vigilance", "reading", "stills/radiograph.py"),
    *("stills/scale.py", "stills/ultrasound.py", "web"),
    *("registry/asking.py", "registrations/gazetteer.py", "registrations/items.py"),
    *(
        "leaflet/desk.py",
        "public",
        "desk",
        "consent_desk",
        "visit_desk",
        "treatment_desk",
        "diary_desk",
        "safety_desk",
        "data_desk",
    ),
    *("clinic", "verbs.py", "mail.py"),
)
# Texts that participants or printers get in a language of their own, and what only commands and files say.
SILENT = (
    *("diary/wording.py", "consent_desk/consent_sheet.py", "reading/picture.py", "web/serve.py", "data_desk/funnel.py"),
    *("diary/instrument.py", "diary/scoring.py", "lesions/nearest.py"),
)
TRANSLATED = {"_", "gettext", "gettext_lazy", "ngettext"}
CODE = re.compile(
    r"\b(SELECT|INSERT INTO|UPDATE|DELETE|PRAGMA|WHERE|CREATE|ORDER BY)\b|<[a-z/{]|</|==|&&|>=|^ ?[a-z-]+=|charset|"
    r"LOCK TABLE|\[\"|INSERT OR|\n|attachment|-src |noindex|no-store|application/|%\(|^[a-z]+_|%s|COALESCE|AES-"
)
# What stands in French in the code already: messages and documents in both languages.
FRENCH = re.compile("[éèêàùçÉÀ]|’")
WORDS = re.compile(r"[a-z]{2,}")
HOLE = re.compile(r"\{\w+\}")
QUOTED = re.compile(r"\bt`((?:[^`\\]|\\.)*)`")


def sentences() -> Iterator[str]:
    """Yield the templates of what the rooms say, such as `{label} is missing.`."""
    for path in speaking():
        yield from _said_in(ast.parse(path.read_text("utf-8")))


def speaking() -> Iterator[Path]:
    """Yield the files whose sentences pages show."""
    for name in SPEAKING:
        found = PACKAGE / name
        for path in sorted(found.glob("*.py")) if found.is_dir() else [found]:
            if path.relative_to(PACKAGE).as_posix() not in SILENT:
                yield path


def titles() -> Iterator[str]:
    """Yield the headings that the page of a protocol sets over its parts."""
    tree = ast.parse((PACKAGE / "web" / "protocol_page.py").read_text("utf-8"))
    silent = set(_silent(tree))
    for node in ast.walk(tree):
        text = template_of(node) if id(node) not in silent else ""
        if isinstance(node, ast.Constant) and re.fullmatch("[A-Z][a-z ]+", text):
            yield text


def problems() -> Iterator[str]:
    """Yield the templates that stand in a Problem as they are: what was wrong and what to do, of one word too."""
    for path in speaking():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Problem":
                for text in map(template_of, node.args[1:]):
                    if text and WORDS.search(HOLE.sub("", text)):
                        yield text


def of_scripts() -> Iterator[str]:
    """Yield the texts of JavaScript, t`…`, with {0} for the first value."""
    for path in sorted(PACKAGE.glob("*/static/**/*.js")):
        for text in QUOTED.findall(path.read_text("utf-8")):
            yield numbered(text)


def numbered(text: str) -> str:
    """Return a text of JavaScript with its values numbered."""
    found, depth, count, held = "", 0, 0, iter(range(len(text)))
    for at in held:
        if text.startswith("${", at) and not depth:
            found, depth, count = found + f"{{{count}}}", 1, count + 1
            next(held)
        elif depth:
            depth += (text[at] == "{") - (text[at] == "}")
        else:
            found += text[at]
    return found


def _said_in(tree: ast.AST) -> Iterator[str]:
    silent = set(_silent(tree))
    for node in ast.walk(tree):
        text = template_of(node) if id(node) not in silent else ""
        if " " in text.strip() and len(WORDS.findall(HOLE.sub("", text))) > 1:
            yield from [] if CODE.search(text) or FRENCH.search(text) else [text]


def _silent(tree: ast.AST) -> Iterator[int]:
    """Yield the nodes that say nothing: docstrings, parts of a longer text, and what is translated where it stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr):
                yield id(first.value)
        elif isinstance(node, ast.JoinedStr):
            for part in node.values:
                yield id(part)
                yield from (id(one) for one in ast.walk(part) if isinstance(one, ast.JoinedStr) and _format(part, one))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in TRANSLATED:
            yield from (id(one) for one in ast.walk(node))


def _format(part: ast.AST, one: ast.JoinedStr) -> bool:
    return isinstance(part, ast.FormattedValue) and part.format_spec is one


def template_of(node: ast.AST) -> str:
    """Return a text as it is, an f-string with its values named by what stands there; '' for anything else."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if not isinstance(node, ast.JoinedStr):
        return ""
    names: dict[str, int] = {}
    parts = [part.value if isinstance(part, ast.Constant) else _hole(part, names) for part in node.values]
    return "".join(str(part) for part in parts)


def _hole(part: ast.expr, names: dict[str, int]) -> str:
    name = _name(part.value if isinstance(part, ast.FormattedValue) else part)
    names[name] = names.get(name, 0) + 1
    return "{" + name + (str(names[name]) if names[name] > 1 else "") + "}"


def _name(node: ast.expr) -> str:
    """Return the word by which a translator knows a value: the last name in it."""
    if isinstance(node, ast.Name):
        return node.id.strip("_")
    if isinstance(node, ast.Attribute):
        return node.attr.strip("_")
    if isinstance(node, ast.Call):
        return _name(node.args[-1] if node.args else node.func)
    return _name(node.value) if isinstance(node, ast.Subscript) else "value"
