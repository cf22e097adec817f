"""FHIR files as they come: bundles, single resources, or one resource per line; what cannot be read is said."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import orjson

from calcitrial.matching.facts import Unread

LARGEST = 200 * 2**20
Resource = Mapping[str, Any]


def read_bundles(paths: Iterable[Path]) -> tuple[list[tuple[str, Resource]], list[Unread]]:
    """Return every resource of these files with the address that others refer to it by, and what could not be read.

    A file is a Bundle, one resource, or NDJSON. Nothing is raised: one bad file or line stops no other.
    """
    found: list[tuple[str, Resource]] = []
    unread: list[Unread] = []
    for path in paths:
        _read_file(path, found, unread)
    return found, unread


def _read_file(path: Path, found: list[tuple[str, Resource]], unread: list[Unread]) -> None:
    try:
        size = path.stat().st_size
        content = path.read_bytes() if size <= LARGEST else b""
    except OSError as error:
        unread.append(Unread(path.name, f"The file could not be opened: {error.strerror}."))
        return
    if size > LARGEST:
        what = f"The file has {size / 2**20:.0f} MB; at most {LARGEST // 2**20} are read. Export fewer people at once."
        unread.append(Unread(path.name, what))
        return
    parts = [("", content)]
    if path.suffix.lower() in (".ndjson", ".jsonl"):
        parts = [(f", line {number}", line) for number, line in enumerate(content.splitlines(), 1) if line.strip()]
    for where, part in parts:
        _read_part(f"{path.name}{where}", part, found, unread)


def _read_part(place: str, part: bytes, found: list[tuple[str, Resource]], unread: list[Unread]) -> None:
    try:
        content = orjson.loads(part)
    except orjson.JSONDecodeError as error:
        unread.append(Unread(place, f"This is no JSON (line {error.lineno}, column {error.colno}). Export it again."))
        return
    if not isinstance(content, dict) or not isinstance(content.get("resourceType"), str):
        what = "This is no FHIR resource: it names no resourceType. Give a Bundle, a resource, or NDJSON."
        unread.append(Unread(place, what))
    elif content["resourceType"] != "Bundle":
        found.append((_address(content), content))
    else:
        _read_entries(place, content.get("entry"), found, unread)


def _read_entries(place: str, entries: Any, found: list[tuple[str, Resource]], unread: list[Unread]) -> None:
    if not isinstance(entries, list) or not entries:
        unread.append(Unread(place, "The bundle holds no entry."))
        return
    for number, entry in enumerate(entries, 1):
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if isinstance(resource, dict) and isinstance(resource.get("resourceType"), str):
            full = entry.get("fullUrl")
            found.append((full if isinstance(full, str) else _address(resource), resource))
        else:
            unread.append(Unread(f"{place}, entry {number}", "The entry holds no resource with a resourceType."))


def _address(resource: Resource) -> str:
    return f"{resource['resourceType']}/{resource.get('id', '')}"
