"""The one door of the record: forms come in checked, entries are appended, and nothing else writes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from django.db import transaction

from calcitrial.protocol import Problem, Protocol, refuse
from calcitrial.record import store
from calcitrial.record.admission import (
    Changes,
    Desk,
    Known,
    admit,
    author_problems,
    locked_problems,
    text_problems,
)
from calcitrial.record.entry import (
    REDACTION,
    Author,
    Draft,
    Entry,
    Place,
    Receipt,
    Submission,
    entries_digest,
)
from calcitrial.record.study import Head, new_salt, now, protocol_of, read_head, register, stamp
from calcitrial.record.versions import AMENDMENT, DECIDING, RELEASE, in_force, protocol_for

Rule = Callable[["Gateway", Draft], Sequence[Problem]]
Follow = Callable[["Gateway", Sequence[Draft]], Sequence[Draft]]
Close = Callable[["Gateway"], Sequence[Draft]]
Told = Callable[["Gateway"], None]


@dataclass(frozen=True)
class Gateway:
    """The door of one study. The clock and the source of salts are arguments, so a demo can be repeated.

    `rules` are asked about every form, as it would then stand, before anything is entered: what other rooms know
    about who may be enrolled, what may be injected and the like. The gateway that a rule is given knows what is
    `entering` in the same act, each form as it would then stand, and `by` whom. `follows` are asked what must be
    entered together with the forms of one act, such as the hold that an event calls for; each sees what those before
    it added. `closes` are asked last, with the entries of the act as they will stand in `made`: what is entered about
    them in the same submission, such as a notice. `told` are called once the act is committed, with `made` too.
    """

    study: str
    protocol: Protocol
    code_version: str
    clock: Callable[[], datetime] = now
    salt: Callable[[], str] = new_salt
    rules: tuple[Rule, ...] = ()
    entering: tuple[Draft, ...] = ()
    by: Author | None = None
    follows: tuple[Follow, ...] = ()
    closes: tuple[Close, ...] = ()
    told: tuple[Told, ...] = ()
    made: tuple[Entry, ...] = ()

    @cached_property
    def definition(self) -> str:
        """Return the digest of the definition that this door checks forms against."""
        return self.protocol.digest

    def enter(
        self, drafts: Sequence[Draft], by: Author, known: Sequence[Problem] = (), closes: Sequence[Close] = ()
    ) -> Receipt:
        """Append these forms as one submission and return its receipt; all or nothing.

        A value equal to the current one makes no entry; a submission that changes nothing makes none. `closes` add
        what is said about the entries of this very act, such as a signature under them.
        Raises RefusedError with every problem of every form, and those that the caller knows of already.
        """
        with transaction.atomic():
            head = read_head(self.study, lock=True)
            return self._under(head, in_force(self.study, head.definition, drafts))._enter(
                head, drafts, by, known, closes
            )

    def _enter(
        self, head: Head, drafts: Sequence[Draft], by: Author, known: Sequence[Problem], closes: Sequence[Close]
    ) -> Receipt:
        """Append these forms in the running transaction, under the definition that this door has."""
        for follow in self.follows:
            drafts = [*drafts, *follow(self, drafts)]
        desk = Desk.prepare(self.study, self.protocol, drafts)
        asked = replace(self, entering=tuple(desk.whole(draft) for draft in drafts), by=by)
        entries: list[Entry] = []
        refuse([*known, *author_problems(by), *asked._admit(desk, drafts, asked.entering, head, entries)])
        for close in (*self.closes, *closes):
            last = replace(asked, made=tuple(entries))
            more = close(last)
            desk.read(more)
            refuse(last._admit(desk, more, [desk.whole(draft) for draft in more], head, entries))
        receipt = self._append(head, entries, by)
        if entries:
            asked._tell_when_committed(tuple(entries))
        return receipt

    def _tell_when_committed(self, made: tuple[Entry, ...]) -> None:
        """Call what is told once the act is committed; what goes wrong there is logged and undoes nothing."""
        here = replace(self, made=made)

        def tell() -> None:
            for one in self.told:
                one(here)

        transaction.on_commit(tell, robust=True)

    def _admit(
        self, desk: Desk, drafts: Sequence[Draft], wholes: Sequence[Draft], head: Head, entries: list[Entry]
    ) -> list[Problem]:
        """Put the entries of these forms to those of the act, and return everything that speaks against them."""
        found = list(locked_problems(desk, self._locks(), drafts)) if drafts else []
        for draft, whole in zip(drafts, wholes, strict=True):
            found += self._ruled_out(whole)
            changes, problems = admit(desk, draft)
            found += problems
            if not problems:
                self._collect(desk, draft, head, entries, changes)
        return found

    def _locks(self) -> dict[str, str]:
        """Return which sites are locked ('true' or 'false' by site); '' stands for the study."""
        rows = store.current(self.study, [""], ["lock"])
        return {row[4]: row[7] for row in rows if row[5] == "locked"}

    def _ruled_out(self, draft: Draft) -> list[Problem]:
        """Return what the rules of other rooms say against a form; nothing about one whose keys are no text."""
        if text_problems("", draft.place._asdict()):
            return []
        return [problem for rule in self.rules for problem in rule(self, draft)]

    def _under(self, head: Head, definition: str) -> "Gateway":
        """Return this door under the definition that is in force for an act; RefusedError when it is of another one.

        A door opens under the running definition, or under that of the site of a participant.
        """
        if self.definition not in (head.definition, definition):
            what = f"Study {self.study} runs under definition {head.definition[:12]}, not {self.definition[:12]}."
            refuse([Problem(self.study, what, "Open the study again with the definition it runs under.")])
        if self.definition == definition:
            return self
        return replace(self, protocol=protocol_of(self.study, definition))

    def _collect(self, desk: Desk, draft: Draft, head: Head, entries: list[Entry], changes: Changes) -> None:
        """Make the entries of one admitted form, and put them on the desk for the forms that follow."""
        here = desk.values.setdefault(draft.place, {})
        version = desk.version(draft.place) + 1
        for item, (value, unit) in changes.items():
            number = head.entries + len(entries) + 1
            replaces = here[item].number if item in here else 0
            here[item] = Known(version, value, unit, number)
            entries.append(
                Entry(
                    study=self.study,
                    number=number,
                    sequence=head.sequence + 1,
                    place=draft.place,
                    item=item,
                    version=version,
                    value=value,
                    unit=unit,
                    replaces=replaces,
                    reason=draft.why(item),
                    salt=self.salt(),
                )
            )

    def _append(self, head: Head, entries: Sequence[Entry], by: Author) -> Receipt:
        """Write entries and their link of the chain in the running transaction."""
        if not entries:
            return Receipt(head.sequence, head.hash, ())
        seals = [entry.seal() for entry in entries]
        digests = [entry.digest(sealed) for entry, sealed in zip(entries, seals, strict=True)]
        submission = Submission(
            study=self.study,
            sequence=head.sequence + 1,
            at=stamp(self.clock()),
            author=by.name,
            role=by.role,
            definition=self.definition,
            code_version=self.code_version,
            first_entry=entries[0].number,
            last_entry=entries[-1].number,
            entries_digest=entries_digest(digests),
            previous=head.hash,
        )
        store.insert_entries(entries, seals, digests)
        link = store.insert_submission(submission)
        return Receipt(submission.sequence, link, tuple(entry.number for entry in entries))

    def redact(self, number: int, reason: str, by: Author) -> Receipt:
        """Take the value of one entry out for good and leave a tombstone that says why; return its receipt.

        The chain still verifies, because it covers the salted digest of the value. Raises RefusedError
        without a reason or for an entry that is not there or was redacted before. What a database keeps
        beside its tables (backups, the log of a PostgreSQL server) is for its keeper to clear.
        """
        with transaction.atomic():
            head = read_head(self.study, lock=True)
            here = self._under(head, head.definition)
            shut = [Problem(f"entry {number}", "The record is locked.", "Unlock it with a reason first.")]
            locked = shut if "true" in self._locks().values() else []
            refuse([*author_problems(by), *locked, *self._unredactable(head, number, reason)])
            tombstone = Entry(
                study=self.study,
                number=head.entries + 1,
                sequence=head.sequence + 1,
                place=Place("", REDACTION, repeat=str(number)),
                item="reason",
                version=1,
                value=reason.strip(),
                unit="",
                replaces=number,
                reason=reason.strip(),
                salt=self.salt(),
            )
            receipt = here._append(head, [tombstone], by)
            store.wipe_value(self.study, number)
        store.wipe_log()
        return receipt

    def _unredactable(self, head: Head, number: int, reason: str) -> list[Problem]:
        """Return what speaks against redacting an entry."""
        place = f"entry {number}"
        if not 1 <= number <= head.entries:
            return [Problem(place, "It is not there.", f"The entries are 1 to {head.entries}.")]
        found = text_problems(place, {"reason": reason})
        if not found and not reason.strip():
            found.append(Problem(place, "A redaction needs a reason.", "Say why the value must go."))
        form, item, salt = store.rows(
            "SELECT form, item, salt FROM record_entry WHERE study = %s AND number = %s", [self.study, number]
        )[0]
        if form in (AMENDMENT, RELEASE) and item in DECIDING:
            found.append(
                Problem(place, "It says which definition is in force.", "Without it nothing could be verified.")
            )
        elif form == REDACTION:
            found.append(Problem(place, "It is itself a redaction.", "Name the entry with the value."))
        elif not salt:
            found.append(Problem(place, "Its value was redacted before.", "Nothing is left to do."))
        return found


def open_study(
    protocol: Protocol,
    code_version: str,
    *,
    clock: Callable[[], datetime] = now,
    salt: Callable[[], str] = new_salt,
    rules: tuple[Rule, ...] = (),
    follows: tuple[Follow, ...] = (),
    closes: tuple[Close, ...] = (),
    told: tuple[Told, ...] = (),
) -> Gateway:
    """Open a study in this record under its protocol, or its door again, and return the gateway.

    Raises RefusedError when the study is open under another definition, or its control is not chosen.
    """
    register(protocol, clock)
    return Gateway(protocol.id, protocol, code_version, clock, salt, rules, follows=follows, closes=closes, told=told)


def gateway(
    study: str,
    code_version: str,
    rules: tuple[Rule, ...] = (),
    follows: tuple[Follow, ...] = (),
    closes: tuple[Close, ...] = (),
    told: tuple[Told, ...] = (),
    participant: str = "",
) -> Gateway:
    """Return the door of a study that is open here; RefusedError when it is not.

    Its definition is the running one, or the one in force for a participant.
    """
    protocol = protocol_for(study, participant)
    return Gateway(study, protocol, code_version, rules=rules, follows=follows, closes=closes, told=told)
