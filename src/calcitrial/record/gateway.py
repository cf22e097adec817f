"""The one door of the record: forms come in checked, entries are appended, and nothing else writes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from calcitrial.protocol import Problem, Protocol, RefusedError, check_values, refuse
from calcitrial.record import store
from calcitrial.record.admission import Desk, Known, problems_of, references
from calcitrial.record.entry import (
    Author,
    Draft,
    Entry,
    Place,
    Receipt,
    Submission,
    entries_digest,
)
from calcitrial.record.study import Head, new_salt, now, protocol_of, read_head, register, stamp

REDACTION = "_redaction"


@dataclass(frozen=True)
class Gateway:
    """The door of one study. The clock and the source of salts are arguments, so a demo can be repeated."""

    study: str
    protocol: Protocol
    code_version: str
    clock: Callable[[], datetime] = now
    salt: Callable[[], str] = new_salt

    def enter(self, drafts: Sequence[Draft], by: Author) -> Receipt:
        """Append these forms as one submission and return its receipt; all or nothing.

        A value equal to the current one makes no entry; a submission that changes nothing makes none.
        Raises RefusedError with every problem of every form.
        """
        with transaction.atomic():
            head = read_head(self.study, lock=True)
            desk = Desk.prepare(self.study, self.protocol, drafts)
            found: list[Problem] = []
            entries: list[Entry] = []
            for draft in drafts:
                found += self._admit(desk, draft, head, entries)
            refuse(found)
            return self._append(head, entries, by)

    def _admit(self, desk: Desk, draft: Draft, head: Head, entries: list[Entry]) -> list[Problem]:
        """Add the entries of one form, or return what speaks against it."""
        place = draft.place
        form = self.protocol.form(place.form)
        if form is None:
            known = ", ".join(f.id for f in self.protocol.forms)
            return [Problem(str(place), f"The protocol has no form {place.form!r}.", f"Its forms: {known}.")]
        found = problems_of(desk, draft, form)
        before = desk.values.get(place, {})
        merged = {**{item: known.value for item, known in before.items()}, **draft.values}
        try:
            checked = check_values(self.protocol, form.id, merged)
        except RefusedError as error:
            return found + [
                Problem(f"{place}.{p.place.split('.')[-1]}", p.what, p.instead) for p in error.problems
            ]
        after = {value.item: (value.value, value.unit) for value in checked}
        for item, (value, _unit) in after.items():
            found += references(desk, place, form, item, value)
        cleared = {item: ("", "") for item, known in before.items() if item not in after and known.value}
        changed = {
            item: pair
            for item, pair in {**after, **cleared}.items()
            if item not in before or before[item].value != pair[0]
        }
        if not found:
            self._collect(desk, draft, head, entries, changed)
        return found

    def _collect(
        self, desk: Desk, draft: Draft, head: Head, entries: list[Entry], changed: dict[str, tuple[str, str]]
    ) -> None:
        """Make the entries of one admitted form, and put them on the desk for the forms that follow."""
        here = desk.values.setdefault(draft.place, {})
        version = desk.version(draft.place) + 1
        for item, (value, unit) in changed.items():
            number = head.entries + len(entries) + 1
            replaces = here[item].number if item in here else 0
            here[item] = Known(version, value, unit, number)
            entries.append(
                Entry(
                    self.study,
                    number,
                    head.sequence + 1,
                    draft.place,
                    item,
                    version,
                    value,
                    unit,
                    replaces,
                    draft.reason,
                    self.salt(),
                )
            )

    def _append(self, head: Head, entries: Sequence[Entry], by: Author) -> Receipt:
        """Write entries and their link of the chain in the running transaction."""
        if not entries:
            return Receipt(head.sequence, head.hash, ())
        digests = [entry.digest() for entry in entries]
        submission = Submission(
            self.study,
            head.sequence + 1,
            stamp(self.clock()),
            by.name,
            by.role,
            head.definition,
            self.code_version,
            entries[0].number,
            entries[-1].number,
            entries_digest(digests),
            head.hash,
        )
        store.insert_entries(entries, digests)
        link = store.insert_submission(submission)
        return Receipt(submission.sequence, link, tuple(entry.number for entry in entries))

    def redact(self, number: int, reason: str, by: Author) -> Receipt:
        """Take the value of one entry out for good and leave a tombstone that says why; return its receipt.

        The chain still verifies, because it covers the salted digest of the value. Raises RefusedError
        without a reason or for an entry that is not there or was redacted before.
        """
        with transaction.atomic():
            head = read_head(self.study, lock=True)
            wanted = "SELECT salt FROM record_entry WHERE study = %s AND number = %s AND form <> %s"
            found = store.rows(wanted, [self.study, number, REDACTION])
            if not found or not found[0][0]:
                refuse(
                    [
                        Problem(
                            f"entry {number}",
                            "It is not there, or its value was redacted before.",
                            "Check it.",
                        )
                    ]
                )
            if not reason.strip():
                refuse([Problem(f"entry {number}", "A redaction needs a reason.", "Say why the value must go.")])
            place = Place("", REDACTION, repeat=str(number))
            entry = Entry(
                self.study,
                head.entries + 1,
                head.sequence + 1,
                place,
                "reason",
                1,
                reason.strip(),
                "",
                number,
                reason.strip(),
                self.salt(),
            )
            receipt = self._append(head, [entry], by)
            for table, extra in (("record_entry", ", salt = ''"), ("record_current", "")):
                change = f"UPDATE {table} SET value = ''{extra} WHERE study = %s AND number = %s"
                store.run(change, [self.study, number])
            return receipt


def open_study(
    protocol: Protocol,
    code_version: str,
    *,
    clock: Callable[[], datetime] = now,
    salt: Callable[[], str] = new_salt,
) -> Gateway:
    """Open a study in this record under its protocol, or its door again, and return the gateway.

    Raises RefusedError when the study is open under another definition, or its control is not chosen.
    """
    register(protocol, clock)
    return Gateway(protocol.id, protocol, code_version, clock, salt)


def gateway(study: str, code_version: str) -> Gateway:
    """Return the door of a study that is open here; RefusedError when it is not."""
    return Gateway(study, protocol_of(study), code_version)
