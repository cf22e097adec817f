"""Personal links: a random token that opens one participant's open questionnaires and nothing else.

The record holds the digest of the token with its end, holder and language, entered through the gateway like anything
else; the token itself is shown once. So that a token is found without reading the record, a file `HOME/diary-links/
<sha256 of the token>.json` says whose it is; only the entry decides whether it opens.
"""

import hashlib
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import orjson

from calcitrial.diary.shelf import version_at
from calcitrial.protocol import Problem, refuse
from calcitrial.record import (
    Author,
    Draft,
    Gateway,
    Place,
    Receipt,
    current_rows,
    protocol_of,
    stamp,
    studies,
    tabulate,
)
from calcitrial.whole_file import write_whole

LINK_DAYS = 365


@dataclass(frozen=True)
class LinkOffer:
    """What a new link is for: who answers, in which language to begin with, in which time zone, for how many days."""

    holder: str = "participant"
    relation: str = ""
    language: str = "en"
    zone: str = "UTC"
    days: int = LINK_DAYS
    purpose: str = "handed over"


@dataclass(frozen=True)
class Holder:
    """Whose questionnaires a link opens, and who answers."""

    study: str
    participant: str
    link: str
    told_by: str
    relation: str
    language: str
    zone: str

    @property
    def author(self) -> Author:
        """Return the holder as author of entries: the code and the role, never a name."""
        if self.told_by == "participant":
            return Author(self.participant, "participant")
        return Author(f"{self.relation or 'proxy'} of {self.participant}", "proxy")


def digest_of(token: str) -> str:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _file(digest: str) -> Path:
    return Path(os.environ["CALCITRIAL_HOME"]) / "diary-links" / f"{digest}.json"


def link_draft(participant: str, repeat: str, offer: LinkOffer, now: datetime, token: str = "") -> tuple[str, Draft]:
    """Return a new token and the form that makes it open; RefusedError for a time zone that is not known."""
    with suppress(Exception):
        ZoneInfo(offer.zone)
        token = token or secrets.token_urlsafe(32)
        values = {
            "link_digest": digest_of(token),
            "link_until": stamp(now + timedelta(days=offer.days)),
            "link_holder": offer.holder,
            "link_relation": offer.relation or None,
            "link_language": offer.language,
            "link_time_zone": offer.zone,
            "link_purpose": offer.purpose,
        }
        return token, Draft(Place(participant, "diary_link", repeat=repeat), values)
    what = f"There is no time zone {offer.zone[:60]!r}."
    refuse([Problem("time zone", what, "Write one such as Europe/Paris or America/New_York.")])
    raise AssertionError


def keep_link(study: str, participant: str, repeat: str, token: str) -> Path:
    """Keep whose a token is, by its digest, and return the file; the entry still decides whether it opens."""
    path = _file(digest_of(token))
    content = {"study": study, "participant": participant, "link": repeat}
    write_whole(path, orjson.dumps(content), 0o600)
    return path


def issue(gateway: Gateway, participant: str, repeat: str, offer: LinkOffer, by: Author, token: str = "") -> str:
    """Enter a new link at its place (`next_link`) and return its token, which is not kept.

    `token` is for simulated participants alone, whose record must come out the same each time; it is drawn anew.

    RefusedError when a link stands there already: who sends the same page twice gets one link.
    """
    if offer.holder == "proxy" and not offer.relation:
        refuse([Problem("relation", "Nobody says who the proxy is.", "Choose who they are to the participant.")])
    token, draft = link_draft(participant, repeat, offer, gateway.clock(), token)
    path = keep_link(gateway.study, participant, repeat, token)
    try:
        gateway.enter([draft], by)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return token


def next_link(study: str, participant: str) -> str:
    """Return the repeat of the next link of a participant."""
    return f"L{len(links_of(study, participant)) + 1}"


def links_of(study: str, participant: str) -> list[dict[str, str]]:
    """Return the links of a participant as rows."""
    rows = current_rows(study, participant, ["diary_link"])
    return list(tabulate(protocol_of(study), rows, "diary_link").iter_rows(named=True))


def open_link(token: str, now: datetime) -> Holder | None:
    """Return whose questionnaires a token opens; None when it opens nothing, for whatever reason."""
    digest = digest_of(token)
    try:
        kept = orjson.loads(_file(digest).read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return None
    if kept["study"] not in studies():
        return None
    for row in links_of(kept["study"], kept["participant"]):
        if row["repeat"] == kept["link"] and row["link_digest"] == digest and link_opens(row, now):
            return Holder(
                kept["study"],
                kept["participant"],
                kept["link"],
                row["link_holder"],
                row["link_relation"] or "",
                row["link_language"],
                row["link_time_zone"],
            )
    return None


def link_opens(row: dict[str, str], now: datetime) -> bool:
    """Return whether a link of the record still opens."""
    return row["link_revoked"] != "true" and bool(row["link_until"]) and row["link_until"] > stamp(now)


def revoke(gateway: Gateway, participant: str, repeat: str, reason: str, by: Author) -> Receipt:
    """Let a link open nothing from now on; RefusedError without a reason, or for a link that is not there."""
    place = Place(participant, "diary_link", repeat=repeat)
    version = version_at(gateway.study, place)
    if not version:
        what = f"{participant} has no link {repeat!r}."
        refuse([Problem(str(place), what, "Choose one from the list.")])
    return gateway.enter([Draft(place, {"link_revoked": True}, version, reason)], by)
