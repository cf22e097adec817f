"""Which instruments a study may use: those of this project, and those whose licence holder gave the study a file.

The text of a licensed instrument lies in the home, under `instruments`, by its digest, readable by its owner only;
the record holds its version, digest and licence, never its text, so that no cut or export carries it away.
"""

import os
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from calcitrial.diary.instrument import Instrument, parse_instrument
from calcitrial.protocol import Problem, refuse
from calcitrial.record import Author, Draft, Gateway, Place, Receipt, current_rows, protocol_of, tabulate
from calcitrial.whole_file import write_whole

HERE = Path(__file__).parent
NOT_INSTRUMENTS = frozenset({"slots", "plan", "words"})


@dataclass(frozen=True)
class Slot:
    """A place for an instrument of others: what it is, whose, and what its terms said where they were read."""

    id: str
    title: str
    about: str
    holder: str
    terms: str
    source: str


@cache
def shipped() -> dict[str, Instrument]:
    """Return the instruments of this project by id."""
    paths = [path for path in sorted(HERE.glob("*.toml")) if path.stem not in NOT_INSTRUMENTS]
    return {path.stem: parse_instrument(path.read_bytes(), path.name) for path in paths}


@cache
def slots() -> dict[str, Slot]:
    """Return the known instruments of others by id."""
    raw = tomllib.loads((HERE / "slots.toml").read_text("utf-8"))["slots"]
    return {one["id"]: Slot(**one) for one in raw}


def _file(digest: str) -> Path:
    return Path(os.environ["CALCITRIAL_HOME"]) / "instruments" / f"{digest}.toml"


@cache
def _kept(path: Path) -> Instrument:
    # A file is named by its digest, so what was read once stays true.
    return parse_instrument(path.read_bytes(), path.name)


def by_digest(name: str, digest: str) -> Instrument | None:
    """Return an instrument as it was shown under this digest; None when that version is no longer here."""
    own = shipped().get(name)
    if own is not None and own.digest == digest:
        return own
    path = _file(digest)
    return _kept(path) if path.is_file() else None


def instruments(study: str) -> dict[str, Instrument]:
    """Return the instruments that a study may use by id: the shipped ones and those that were added to it."""
    found = dict(shipped())
    added = tabulate(protocol_of(study), current_rows(study, forms=["instrument"]), "instrument")
    for row in added.iter_rows(named=True):
        one = by_digest(row["repeat"], row["instrument_digest"] or "")
        if one is not None:
            found[one.id] = one
    return found


def add_instrument(gateway: Gateway, content: bytes, name: str, by: Author, reason: str = "") -> Receipt:
    """Let a study use a licence holder's file: keep the file in the home, enter version, digest and licence.

    A newer file of the same instrument needs a reason. Raises RefusedError when the file is not in order, or when
    it names an instrument of this project.
    """
    found = parse_instrument(content, name)
    if found.id in shipped():
        what = f"{found.id!r} is an instrument of this project."
        refuse([Problem(f"{name}: id", what, f"Give it another id, or one of: {', '.join(slots())}.")])
    place = Place("", "instrument", repeat=found.id)
    there = tabulate(gateway.protocol, current_rows(gateway.study, forms=["instrument"]), "instrument")
    known = [row for row in there.iter_rows(named=True) if row["repeat"] == found.id]
    values = {
        "instrument_version": found.version,
        "instrument_digest": found.digest,
        "instrument_licence": f"{found.licence} May use it: {found.use}. Source: {found.source}",
        "instrument_items": len(found.items),
    }
    # The file first: an entry whose file is missing could not be shown, a file without an entry is merely unused.
    write_whole(_file(found.digest), content, 0o600)
    expected = version_at(gateway.study, place) if known else 0
    return gateway.enter([Draft(place, values, expected, reason)], by)


def version_at(study: str, place: Place) -> int:
    """Return the version of the form at a place; 0 when nothing is there."""
    rows = current_rows(study, place.participant, forms=[place.form])
    there = [row for row in rows.iter_rows(named=True) if Place(*(row[key] for key in Place._fields)) == place]
    return max((row["version"] for row in there), default=0)
