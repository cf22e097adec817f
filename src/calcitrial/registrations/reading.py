"""What is in a registry file: statements one by one, and a problem for whatever in it cannot be read."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson

from calcitrial.protocol import Problem, RefusedError, parse
from calcitrial.registrations import ctgov, ictrp
from calcitrial.registrations.own_protocol import statement_of_protocol
from calcitrial.registrations.plain_text import decoded
from calcitrial.registrations.trial import Statement

Read = Statement | Problem
LARGEST, LONGEST_LINE = 500_000_000, 20_000_000
HALF = re.compile(r"\\u[dD][89abAB]\w\w(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB]\w\w)\\u[dD][c-fC-F]\w\w")
LINES = (".jsonl", ".ndjson")
EXPECTED = "Give ClinicalTrials.gov JSON (API version 2), WHO ICTRP XML, or a protocol TOML file."


def statements_in(path: Path, name: str = "") -> Iterator[Read]:
    """Yield every statement of a file; a problem, with its place, for each part of it that cannot be read.

    One study that is wrong does not keep the others out. `name` is how the file is called in the problems.
    """
    name = name or path.name
    try:
        size = path.stat().st_size
        if size > LARGEST and path.suffix.lower() not in LINES:
            what = f"It has {size:,} bytes; at most {LARGEST:,} are read at once."
            yield Problem(name, what, "Split it, or write one study per line (.jsonl).")
        elif path.suffix.lower() in LINES:
            yield from statements_in_lines(numbered_lines(path), name)
        else:
            yield from _whole(path.read_bytes(), path.suffix.lower(), name)
    except OSError as error:
        yield _unreadable(name, error)
    except RefusedError as error:
        yield from error.problems


def _whole(data: bytes, suffix: str, name: str) -> Iterator[Read]:
    start = data[:4000].lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n")[:1]
    if suffix == ".toml":
        yield from _protocol(data, name)
    elif start == b"<":
        yield from _xml(data, name)
    elif start in (b"{", b"["):
        text, told = decoded(data)
        yield from _told(name, told)
        yield from _json(text, name)
    else:
        what = "It is empty." if not data.strip() else "It is neither JSON nor XML nor a protocol."
        yield Problem(name, what, EXPECTED)


def _told(name: str, told: str) -> Iterator[Problem]:
    if told:
        yield Problem(name, told, "The rest was read.")


def _json(text: str, name: str) -> Iterator[Read]:
    try:
        content = _loaded(text)
    except orjson.JSONDecodeError as error:
        yield Problem(name, f"The JSON is broken: {str(error)[:120]}.", "Nothing of it was read; export it again.")
        return
    studies = content.get("studies") if isinstance(content, dict) and "studies" in content else content
    listed = studies if isinstance(studies, list) else [studies]
    if not listed:
        yield Problem(name, "There is no study in it.", EXPECTED)
    for number, study in enumerate(listed, 1):
        yield _study(study, f"{name}, study {number}")


def _loaded(text: str) -> Any:
    """Return what JSON holds; escapes of half a character, which some exports have, become �."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        mended = HALF.sub(r"\\ufffd", text)
        if mended == text:
            raise
        return orjson.loads(mended)


def numbered_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield the lines of a file that hold anything, with their numbers; RefusedError when it cannot be read."""
    try:
        with path.open("rb") as file:
            for number, line in enumerate(iter(lambda: file.readline(LONGEST_LINE), b""), 1):
                if line.strip():
                    yield number, line
    except OSError as error:
        raise RefusedError([_unreadable(path.name, error)]) from None


def statements_in_lines(lines: Iterable[tuple[int, bytes]], name: str) -> Iterator[Read]:
    """Yield the statement of each numbered line of JSON; a problem, with its place, for each that cannot be read."""
    for number, line in lines:
        text, told = decoded(line)
        yield from _told(f"{name}, line {number}", told)
        try:
            study = _loaded(text)
        except orjson.JSONDecodeError as error:
            what = f"The JSON is broken: {str(error)[:120]}."
            yield Problem(f"{name}, line {number}", what, "The other lines were read.")
            continue
        yield _study(study, f"{name}, line {number}")


def _unreadable(name: str, error: OSError) -> Problem:
    return Problem(name, f"The file cannot be read: {error.strerror}.", "Check the name and the rights to it.")


def _study(study: Any, place: str) -> Read:
    try:
        return ctgov.statement_of(study)
    except RefusedError as error:
        return _one(place, error)


def _one(place: str, error: RefusedError) -> Problem:
    first = error.problems[0]
    return Problem(f"{place}, {first.place}", first.what, first.instead)


def _xml(data: bytes, name: str) -> Iterator[Read]:
    text, told = decoded(data, _declared(data))
    yield from _told(name, told)
    count = 0
    for found in ictrp.trials_in(text):
        count += 1
        if isinstance(found, Problem):
            yield replace(found, place=f"{name}, {found.place}")
            continue
        try:
            yield ictrp.statement_of_trial(found)
        except RefusedError as error:
            yield _one(f"{name}, trial {count}", error)
    if not count:
        upload = "study_collection" in text[:5000]
        what = "It is an upload for the registry's own system (PRS)." if upload else "There is no <Trial> in it."
        yield Problem(name, what, EXPECTED)


def _declared(data: bytes) -> str:
    """Return the encoding that an XML declaration names, else UTF-8."""
    head = data[:200].split(b"?>")[0]
    mark = b"encoding="
    if mark not in head:
        return "utf-8"
    said = head.split(mark, 1)[1]
    return said[1:].split(said[:1])[0].decode("ascii", "replace") or "utf-8"


def _protocol(data: bytes, name: str) -> Iterator[Read]:
    try:
        yield statement_of_protocol(parse(data, name))
    except RefusedError as error:
        for problem in error.problems:
            yield replace(problem, place=f"{name}, {problem.place}")
