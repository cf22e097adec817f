"""Everything that is kept about one person, in one file that the person can be given."""

import io
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import orjson

from calcitrial.consents import read_signed, read_text, type_of
from calcitrial.identity import Vault
from calcitrial.protocol import RefusedError
from calcitrial.record import Place, participant_trail
from calcitrial.web import Reading, home

ENDINGS = {"image/png": "png", "image/jpeg": "jpg", "application/pdf": "pdf"}
README = """Everything that this study keeps about one participant.

identity.json     name and contact, from the vault
record.json       every value in the record, current now
trail.json        every entry ever made, with who, when and why
access_log.json   who looked at name and contact, when and why
pictures.json     the pictures kept about the participant, with their sizes (ask for copies)
consent/          each decision: the text that was signed, and the signature
"""


def everything_about(reading: Reading, code: str, vault: Vault, consents: Path) -> bytes:
    """Return a ZIP with all that is kept about a participant, as far as the reading may show it."""
    study = reading.study
    identity = vault.peek(study, code)
    parts = {
        "README.txt": README.encode(),
        "identity.json": _json(identity.values() if identity else {}),
        "record.json": _json(list(reading.rows.iter_rows(named=True))),
        "trail.json": _json(_trail(reading, code)),
        "access_log.json": _json([line._asdict() for line in vault.log(study, code)]),
        "pictures.json": _json(_pictures(home() / "images" / study / code)),
        **_consents(reading, code, vault, consents),
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return packed.getvalue()


def _json(content: Any) -> bytes:
    return orjson.dumps(content, option=orjson.OPT_INDENT_2)


def _trail(reading: Reading, code: str) -> list[dict[str, Any]]:
    """Return the trail of the forms that the reading shows; of others, such as arms for the blinded, nothing."""
    columns = ("participant", "form", "visit", "lesion", "repeat")
    shown = {Place(*row) for row in reading.rows.select(columns).unique().iter_rows()}
    return [
        {**{name: getattr(step, name) for name in STEP}, "place": str(step.place)}
        for step in participant_trail(reading.study, code)
        if step.place in shown
    ]


STEP = ("number", "at", "author", "role", "item", "value", "unit", "reason")


def _pictures(folder: Path) -> list[dict[str, Any]]:
    found = sorted(path for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else []
    return [{"file": str(path.relative_to(folder)), "bytes": path.stat().st_size} for path in found]


def _consents(reading: Reading, code: str, vault: Vault, folder: Path) -> dict[str, bytes]:
    """Return the text and the signature of each decision; where one cannot be read, the sentence that says why."""
    found: dict[str, bytes] = {}
    for row in reading.table("consent"):
        number, text, digest = row["repeat"], row["consent_text_sha256"], row["signature_sha256"]
        if text:
            found[f"consent/{number}.txt"] = _read(partial(_encoded, folder, text))
        if digest:
            content = _read(partial(read_signed, vault, folder, reading.study, code, digest))
            found[f"consent/{number}-signature.{ENDINGS.get(type_of(content), 'txt')}"] = content
    return found


def _encoded(folder: Path, digest: str) -> bytes:
    return read_text(folder, digest).encode()


def _read(get: Callable[[], bytes]) -> bytes:
    try:
        return get()
    except RefusedError as error:
        return str(error).encode()
