"""The vault: who the participants are, apart from the record, each under a key of their own.

`HOME/vault/identities.sqlite3` holds, per participant, one key wrapped by the master key, and sealed texts; the master
key lies outside, in `HOME/secrets/vault.key` (readable by its owner only), and belongs into a backup of its own. All
seals are AES-256-GCM and bound to study, code and kind, so that none can be put in the place of another. Erasing a
person destroys their key: what was sealed under it, here or in a file, can never be read again, while the record,
which never held a name, still verifies. Every look and every change is a line of a log that only grows, in a hash
chain. The log holds codes, people who looked, and reasons from a list: no personal data of participants.
"""

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from sqlite3 import Connection

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from calcitrial.identity import vault_file
from calcitrial.identity.identity import Identity, identity_problems, years_between
from calcitrial.identity.vault_file import Look
from calcitrial.protocol import Problem, RefusedError, refuse
from calcitrial.record import now, stamp

REASONS = (
    "to contact the person",
    "to check who is here",
    "to take consent",
    "to enter or correct the details",
    "at the person's request",
    "for an inspection",
    "to send a reminder",
)
NONCE, KEY = 12, 32
IDENTITY = "identity"
# Days of birth by file and study, each with the sealed text that it was read from; the names beside it are not kept.
_born: dict[tuple[Path, str], dict[str, tuple[tuple[int, bytes], date | None]]] = {}


@dataclass(frozen=True)
class Looker:
    """Who opens the vault, in which role, and why (one of REASONS)."""

    name: str
    role: str
    why: str


@dataclass(frozen=True)
class Vault:
    """The identities of one home; the clock is an argument, the master key is never shown."""

    file: Path
    master: bytes = field(repr=False)
    clock: Callable[[], datetime] = now

    def keep(self, study: str, code: str, identity: Identity, by: Looker) -> None:
        """Keep the personal data of a participant, in place of what was kept before.

        Raises RefusedError with every problem, or when the person was erased.
        """
        _refuse_reason(by)
        refuse(identity_problems(identity, self.clock().date()))
        with self._open() as link:
            key = self._key(link, study, code, make=True)
            number = vault_file.next_number(link, study, code)
            sealed = _seal(key, orjson.dumps(identity.values()), _bound(study, code, f"{IDENTITY} {number}"))
            vault_file.put(link, study, code, number, sealed)
            self._note(link, study, code, "changed", by)

    def look(self, study: str, code: str, by: Looker) -> Identity | None:
        """Return the personal data of a participant, None when none are kept; the look is in the log before."""
        _refuse_reason(by)
        with self._open() as link:
            self._note(link, study, code, "looked", by)
        return self.peek(study, code)

    def peek(self, study: str, code: str) -> Identity | None:
        """Return the personal data for the program's own use (an age, a language), which shows them to nobody."""
        with self._open() as link:
            return self._read(link, study, code)

    def seal(self, study: str, code: str, kind: str, content: bytes) -> bytes:
        """Return a content sealed under the key of a participant, to be kept in a file, bound to its kind."""
        with self._open() as link:
            return _seal(self._key(link, study, code, make=True), content, _bound(study, code, kind))

    def unseal(self, study: str, code: str, kind: str, sealed: bytes) -> bytes:
        """Return what was sealed; RefusedError when the person was erased or the file is not what was sealed."""
        with self._open() as link:
            return _unseal(self._key(link, study, code), sealed, _bound(study, code, kind))

    def erase(self, study: str, code: str, by: Looker) -> None:
        """Destroy the key of a participant for good: nothing sealed under it can be read any more."""
        _refuse_reason(by)
        with self._open() as link:
            if vault_file.erased_at(link, study, code):
                refuse([_erased(code)])
            vault_file.destroy(link, study, code, stamp(self.clock()))
            self._note(link, study, code, "erased", by)

    def note(self, study: str, code: str, what: str, by: Looker) -> None:
        """Put into the log that something else was done with a person's data, such as 'exported'."""
        _refuse_reason(by)
        with self._open() as link:
            self._note(link, study, code, what, by)

    def erased(self, study: str, code: str) -> str:
        """Return when a person was erased, '' when they were not."""
        with self._open() as link:
            return vault_file.erased_at(link, study, code)

    def known(self, study: str) -> frozenset[str]:
        """Return the codes of a study of which personal data are kept."""
        with self._open() as link:
            return vault_file.codes(link, study)

    def log(self, study: str, code: str = "") -> list[Look]:
        """Return every look and change, of one participant or of all, the first one first."""
        with self._open() as link:
            return vault_file.lines(link, study, code)

    def fault(self) -> str:
        """Return what was altered in the log, as a sentence; '' when its chain holds."""
        with self._open() as link:
            return vault_file.fault(link)

    def age(self, study: str, code: str, on: date) -> int | None:
        """Return the completed years of a person on a day, None when their day of birth is not kept."""
        identity = self.peek(study, code)
        return years_between(identity.born, on) if identity and identity.born else None

    def ages(self, study: str, on: date) -> dict[str, int]:
        """Return the completed years of everybody of a study whose day of birth is kept, by code."""
        known = _born.setdefault((self.file, study), {})
        with self._open() as link:
            newest = vault_file.newest(link, study)
            for code, text in newest.items():
                if code not in known or known[code][0] != text:
                    found = self._read(link, study, code)
                    known[code] = (text, found.born if found else None)
        for code in known.keys() - newest.keys():
            known.pop(code, None)
        days = {code: known[code][1] for code in newest if code in known}
        return {code: years_between(born, on) for code, born in days.items() if born}

    @contextmanager
    def _open(self) -> Iterator[Connection]:
        """Give a transaction that nobody else writes in."""
        with closing(vault_file.opened(self.file)) as link:
            link.execute("BEGIN IMMEDIATE")
            try:
                yield link
            except BaseException:
                link.execute("ROLLBACK")
                raise
            link.execute("COMMIT")

    def _read(self, link: Connection, study: str, code: str) -> Identity | None:
        found = vault_file.latest(link, study, code)
        if found is None or vault_file.erased_at(link, study, code):
            return None
        number, sealed = found
        text = _unseal(self._key(link, study, code), sealed, _bound(study, code, f"{IDENTITY} {number}"))
        return Identity(**orjson.loads(text))

    def _note(self, link: Connection, study: str, code: str, what: str, by: Looker) -> None:
        vault_file.note(link, (stamp(self.clock()), study, code, by.name, by.role, what, by.why))

    def _key(self, link: Connection, study: str, code: str, *, make: bool = False) -> bytes:
        """Return the key of a participant, made at its first use; RefusedError when it was destroyed."""
        if vault_file.erased_at(link, study, code):
            refuse([_erased(code)])
        wrapped, bound = vault_file.wrapped_key(link, study, code), _bound(study, code, "key")
        if wrapped is None:
            if not make:
                refuse([Problem(code, "No personal data are kept.", "Enter them first.")])
            key = AESGCM.generate_key(KEY * 8)
            vault_file.put_key(link, study, code, _seal(self.master, key, bound))
            return key
        return _unseal(self.master, wrapped, bound)


def open_vault(home: Path, clock: Callable[[], datetime] = now) -> Vault:
    """Return the vault of a home; file and master key are made at the first use.

    Raises RefusedError when others than its owner may read the master key, or it is gone while the vault is not.
    """
    file, path = home / "vault" / "identities.sqlite3", home / "secrets" / "vault.key"
    return Vault(file, _master(path, there=file.is_file()), clock)


def _master(path: Path, there: bool) -> bytes:
    if not path.is_file() and there:
        what = "The master key of the vault is gone, so nothing in it can be read."
        refuse([Problem(path.name, what, "Bring secrets/vault.key back from its backup.")])
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read_master(path)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_bytes(KEY).hex())
        file.flush()
        os.fsync(file.fileno())
    return _read_master(path)


def _read_master(path: Path) -> bytes:
    if os.name == "posix" and path.stat().st_mode & 0o077:
        what = "Others may read the master key of the vault."
        refuse([Problem(path.name, what, "Say chmod 600 to secrets/vault.key.")])
    try:
        key = bytes.fromhex(path.read_text("ascii"))
    except ValueError:
        key = b""
    if len(key) != KEY:
        refuse([Problem(path.name, f"The file holds no key of {KEY} bytes.", "Bring it back from its backup.")])
    return key


def _bound(study: str, code: str, kind: str) -> bytes:
    return orjson.dumps([study, code, kind])


def _seal(key: bytes, content: bytes, bound: bytes) -> bytes:
    nonce = secrets.token_bytes(NONCE)
    return nonce + AESGCM(key).encrypt(nonce, content, bound)


def _unseal(key: bytes, sealed: bytes, bound: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed[:NONCE], sealed[NONCE:], bound)
    except (InvalidTag, ValueError):
        what = "What was sealed cannot be opened: it was altered, or the key is another one."
        raise RefusedError([Problem("vault", what, "Bring the vault back from the backup.")]) from None


def _erased(code: str) -> Problem:
    return Problem(code, "The personal data of this participant were erased.", "They cannot be brought back.")


def _refuse_reason(by: Looker) -> None:
    if by.why not in REASONS:
        refuse([Problem("why", "There is no reason for opening the vault.", f"Choose one: {'; '.join(REASONS)}.")])
