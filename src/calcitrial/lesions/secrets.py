"""The key store of the allocation: one secret per study, in a file that only its owner reads.

The secret is made once, when the allocation is activated; its SHA-256 goes into the record in the same act. Pages and
commands draw from it; it stands in no page, log or entry until it is revealed.
"""

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from calcitrial.lesions.allocation import commit, commitment, committed
from calcitrial.protocol import Problem, refuse
from calcitrial.record import Author, Gateway, Receipt, in_turn

BYTES = 32


def new_secret() -> bytes:
    """Return 256 random bits."""
    return secrets.token_bytes(BYTES)


def secret_file(home: Path, study: str) -> Path:
    """Return where the secret of a study lies in a home."""
    return home / "secrets" / f"{study}.key"


def activate(gateway: Gateway, home: Path, by: Author, make: Callable[[], bytes] = new_secret) -> Receipt:
    """Make the secret of the study and enter its commitment; once only.

    A secret that was written when the entry failed is committed to now. Raises RefusedError when the protocol
    allocates nobody or the study is committed already.
    """
    if gateway.protocol.allocation.unit == "none":
        what = f"Protocol {gateway.study} allocates nobody."
        refuse([Problem(gateway.study, what, "There is nothing to activate.")])
    path = secret_file(home, gateway.study)
    with in_turn(gateway.study):
        if committed(gateway):
            what = "The allocation was activated before."
            refuse([Problem(gateway.study, what, "A study commits to its secret once.")])
        if not path.is_file():
            _write(path, make())
        return commit(gateway, _read(path), by)


def secret_of(home: Path, gateway: Gateway) -> bytes:
    """Return the secret that the study committed to.

    Raises RefusedError when the study is not activated, the file is not there, others than its owner may read it, or
    it is another secret.
    """
    study, path = gateway.study, secret_file(home, gateway.study)
    wanted = committed(gateway)
    if not wanted:
        refuse([Problem(study, "The allocation is not activated.", "Activate it once, before the first draw.")])
    if not path.is_file():
        what = "The file of the allocation secret is not in this home."
        refuse([Problem(study, what, "Restore secrets from the backup.")])
    if os.name == "posix" and path.stat().st_mode & 0o077:
        what = f"Others than its owner may read the allocation secret (mode {path.stat().st_mode & 0o777:o})."
        refuse([Problem(study, what, "Find out who could have read it, then set the file to mode 600.")])
    secret = _read(path)
    if commitment(secret) != wanted:
        what = "The secret is not the one that the study committed to."
        refuse([Problem(study, what, "Restore secrets from the backup.")])
    return secret


def _read(path: Path) -> bytes:
    try:
        return bytes.fromhex(path.read_text("ascii").strip())
    except ValueError:
        what = "The file of the allocation secret does not hold hexadecimal text."
        refuse([Problem(path.name, what, "Restore secrets from the backup.")])
        raise AssertionError from None


def _write(path: Path, secret: bytes) -> None:
    """Write a secret where none is; of two who try at once, the second fails instead of replacing it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secret.hex() + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(part, path)
    finally:
        part.unlink()
