"""Written policies that people are held to when they sign (21 CFR 11.10(j)), each version under control.

A policy is an entry (name, version, title, day, SHA-256); its text lies in `HOME/policies` and is shown only while it
has that digest. Each person acknowledges the version in force, as an entry that they sign with two components, before
anything else that they sign. A study without policies asks for none.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from calcitrial.protocol import Problem, refuse
from calcitrial.quality.marks import table
from calcitrial.quality.signatures import enter_signed
from calcitrial.record import Author, Draft, Gateway, Place, Receipt, current_rows, stamp
from calcitrial.whole_file import write_whole

POLICY, ACKNOWLEDGEMENT = "policy", "policy_acknowledgement"
MEANING = "policy read and accepted"
# Everything that bears a printed name and two components.
SIGNED = ("signature", "study_signature", "lock", "endorsement", "trail_review")
LONGEST = 400_000


@dataclass(frozen=True)
class Policy:
    """One version of a policy: name, version, title, first day, SHA-256 of its text ('' before it is kept)."""

    name: str
    version: str
    title: str
    since: date
    sha256: str = ""

    @property
    def key(self) -> str:
        """Return what names this version: 'NAME VERSION'."""
        return f"{self.name} {self.version}"


@dataclass(frozen=True)
class Acknowledgement:
    """Who acknowledged which version of a policy, and when; `name` is the printed name."""

    person: str
    policy: str
    name: str
    at: str


def policies(rows: pl.DataFrame) -> tuple[Policy, ...]:
    """Return every version of every policy that the rows hold, by name and day."""
    found = [
        Policy(one["policy_name"], one["policy_version"], one["policy_title"], day, one["policy_sha256"])
        for one in table(rows, POLICY).values()
        for day in (date.fromisoformat(one["policy_from"]),)
    ]
    return tuple(sorted(found, key=lambda one: (one.name, one.since, one.version)))


def in_force(rows: pl.DataFrame, on: date) -> tuple[Policy, ...]:
    """Return the version of each policy that is in force on a day: the last that has begun."""
    return tuple({one.name: one for one in policies(rows) if one.since <= on}.values())


def acknowledgements(rows: pl.DataFrame) -> tuple[Acknowledgement, ...]:
    """Return who acknowledged what, in the order in which they did."""
    found = [
        Acknowledgement(one["ack_person"], one["ack_policy"], one["ack_name"], one["ack_at"])
        for one in table(rows, ACKNOWLEDGEMENT).values()
    ]
    return tuple(sorted(found, key=lambda one: (one.at, one.person)))


def unacknowledged(rows: pl.DataFrame, person: str, on: date) -> tuple[Policy, ...]:
    """Return the policies in force that a person has not acknowledged."""
    done = {one.policy for one in acknowledgements(rows) if one.person == person}
    return tuple(one for one in in_force(rows, on) if one.key not in done)


def add_policy(gateway: Gateway, folder: Path, one: Policy, text: str, by: Author) -> Receipt:
    """Keep the text of a version in a folder and enter it; RefusedError for an empty text or a known version."""
    refuse(list(_objections(gateway, one, text)))
    content = text.replace("\r\n", "\n").encode()
    digest = hashlib.sha256(content).hexdigest()
    # The text first: a file that no entry names does no harm, an entry without its file would.
    write_whole(folder / f"{digest}.txt", content)
    values = {
        "policy_name": one.name,
        "policy_version": one.version,
        "policy_title": one.title,
        "policy_from": one.since,
        "policy_sha256": digest,
    }
    return gateway.enter([Draft(Place("", POLICY, repeat=one.key), values)], by)


def _objections(gateway: Gateway, one: Policy, text: str) -> Iterable[Problem]:
    for what, said in (("name", one.name), ("version", one.version), ("title", one.title)):
        if not said.strip() or len(said) > 80:
            yield Problem(f"policy_{what}", f"The {what} is {said[:80]!r}.", "Write one of at most 80 signs.")
    if " " in one.name or " " in one.version:
        yield Problem("policy_name", "Name and version have no blanks in them.", "Write such as signatures and 1.0.")
    if not text.strip() or len(text) > LONGEST:
        yield Problem("text", f"The text has {len(text):,} signs.", f"Paste the whole policy, at most {LONGEST:,}.")
    known = {each.key: each for each in policies(_rows(gateway.study))}
    if one.key in known and known[one.key].sha256 != hashlib.sha256(text.replace("\r\n", "\n").encode()).hexdigest():
        yield Problem("policy_version", f"{one.key} has another text.", "A changed text is a new version.")


def policy_text(folder: Path, policy: Policy) -> str:
    """Return the text of a version; RefusedError when the file is not there or not what was released."""
    file = folder / f"{policy.sha256}.txt"
    content = file.read_bytes() if file.is_file() else b""
    if hashlib.sha256(content).hexdigest() != policy.sha256:
        what = f"The text of {policy.key} is missing or was changed."
        refuse([Problem("policy", what, "Put the file back from a backup.")])
    return content.decode()


def acknowledge(gateway: Gateway, policy: Policy, by: Author, printed_name: str) -> Receipt:
    """Enter and sign that a person read and accepts a policy, once; it trusts that both components were asked."""
    place = Place("", ACKNOWLEDGEMENT, repeat=f"{by.name}/{policy.key}")
    if policy not in unacknowledged(_rows(gateway.study), by.name, gateway.clock().date()):
        what = f"{policy.key} waits for no signature of {by.name}."
        refuse([Problem("policy", what, "It is signed, or another version is in force.")])
    values = {
        "ack_person": by.name,
        "ack_policy": policy.key,
        "ack_sha256": policy.sha256,
        "ack_name": printed_name,
        "ack_at": stamp(gateway.clock()),
    }
    return enter_signed(gateway, [Draft(place, values)], MEANING, by, printed_name=printed_name)


def policy_problems(gateway: Gateway, draft: Draft) -> list[Problem]:
    """Return which policies somebody who signs must acknowledge first (21 CFR 11.10(j)); [] for other forms."""
    if draft.place.form not in SIGNED or draft.values.get("meaning") == MEANING or gateway.by is None:
        return []
    if draft.place.form == "lock" and str(draft.values.get("locked")).lower() == "false":
        return []  # under a lock no policy can be signed, and so nobody could ever undo it
    lacks = unacknowledged(_rows(gateway.study), gateway.by.name, gateway.clock().date())
    instead = "Read and sign it on the page of policies, then sign this."
    return [
        Problem("signature", f"{gateway.by.name} has not acknowledged the policy “{one.title}” ({one.key}).", instead)
        for one in lacks
    ]


def _rows(study: str) -> pl.DataFrame:
    return current_rows(study, "", (POLICY, ACKNOWLEDGEMENT))
