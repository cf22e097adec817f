"""Sealed codes: the arm of each place of the lists in a file of its own, for the day on which the system fails.

Each file is encrypted with a code of its own (ICH E6(R3) 4.3.6). The codes go to the pharmacist on another way than
the files. A code opens one place and no other; `open_sealed` needs neither record nor server.
"""

import base64
import hashlib
import itertools
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from calcitrial.lesions.allocation import arm_at, committed
from calcitrial.lesions.allocation import commitment as commitment_of
from calcitrial.protocol import Problem, Protocol, criterion_items, refuse
from calcitrial.record import Author, Draft, Gateway, Place, Receipt, current_rows, in_turn, tabulate

KEEPERS = ("pharmacist", "data manager")
MANY = 1000


@dataclass(frozen=True)
class Sealed:
    """One sealed place: its list, its number, the file's content, and the code that opens it."""

    stratum: str
    slot: int
    content: bytes
    code: str

    @property
    def name(self) -> str:
        """Return the name of the file: the number within the list, and a digest of the list's name."""
        listed = hashlib.sha256(self.stratum.encode()).hexdigest()[:8]
        return f"{listed}-{self.slot:04d}.sealed"


def strata_of(gateway: Gateway) -> list[str]:
    """Return the lists that arms are drawn from: strata, or enrolled participants where lesions are allocated."""
    plan = gateway.protocol.allocation
    if plan.unit == "lesion":
        rows = current_rows(gateway.study, forms=["enrolment"])
        return sorted(tabulate(gateway.protocol, rows, "enrolment")["participant"])
    items = criterion_items(gateway.protocol)
    known = [(*items[name].choices, "not known") for name in plan.strata]
    return ["/".join(one) for one in itertools.product(*known)]


def seal(
    protocol: Protocol, secret: bytes, stratum: str, slot: int, draw: Callable[[int], bytes] = secrets.token_bytes
) -> Sealed:
    """Return one place, encrypted by AES-256-GCM under a code of 160 random bits."""
    code = base64.b32encode(draw(20)).decode()
    nonce = draw(12)
    about = {"study": protocol.id, "list": stratum, "place": slot}
    known = orjson.dumps(about, option=orjson.OPT_SORT_KEYS)
    arm = arm_at(protocol, secret, stratum, slot).encode().ljust(32)  # one length for every arm
    hidden = AESGCM(_key(code)).encrypt(nonce, arm, known)
    content = about | {"nonce": nonce.hex(), "sealed": hidden.hex(), "how": "AES-256-GCM, key = SHA-256 of the code"}
    return Sealed(stratum, slot, orjson.dumps(content, option=orjson.OPT_INDENT_2), code)


def open_sealed(content: bytes, code: str) -> str:
    """Return the arm in a sealed file; RefusedError when code and file do not belong together."""
    place = "sealed code"
    try:
        told = orjson.loads(content)
        known = orjson.dumps({name: told[name] for name in ("study", "list", "place")}, option=orjson.OPT_SORT_KEYS)
        clean = code.strip().upper().replace(" ", "").replace("-", "")
        found = AESGCM(_key(clean)).decrypt(bytes.fromhex(told["nonce"]), bytes.fromhex(told["sealed"]), known)
    except InvalidTag:
        refuse([Problem(place, "This code does not open this file.", "Look the code up under list and place.")])
        raise AssertionError from None
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        refuse([Problem(place, "This is not a file of a sealed code.", "Name a file that ends in .sealed.")])
        raise AssertionError from None
    return found.decode().strip()


def _key(code: str) -> bytes:
    return hashlib.sha256(code.encode()).digest()


def seal_all(
    gateway: Gateway, secret: bytes, slots: int, by: Author, write: Callable[[Sequence[Sealed]], None]
) -> Receipt:
    """Seal the first `slots` places of every list, enter that it is done and let `write` write them; both or neither.

    Raises RefusedError for who must not hold arms, a secret that is not committed to, or when there is no list.
    """
    with in_turn(gateway.study):
        refuse(list(_unsealable(gateway, secret, slots, by)))
        sealed = [
            seal(gateway.protocol, secret, name, slot) for name in strata_of(gateway) for slot in range(1, slots + 1)
        ]
        digest = hashlib.sha256(b"".join(hashlib.sha256(one.content).digest() for one in sealed)).hexdigest()
        rows = current_rows(gateway.study, forms=["sealed_codes"])
        repeat = f"SC{tabulate(gateway.protocol, rows, 'sealed_codes').height + 1}"
        values = {"sealed_for": by.name, "sealed_count": len(sealed), "sealed_digest": digest}
        receipt = gateway.enter([Draft(Place("", "sealed_codes", repeat=repeat), values)], by)
        # Inside the transaction: when the files cannot be written, the record does not say that they were.
        write(sealed)
        return receipt


def _unsealable(gateway: Gateway, secret: bytes, slots: int, by: Author) -> Iterator[Problem]:
    if gateway.protocol.allocation.unit == "none":
        yield Problem(gateway.study, f"Protocol {gateway.study} allocates nobody.", "There is nothing to seal.")
        return
    if by.role.replace("_", " ") not in KEEPERS:
        what = f"A {by.role.replace('_', ' ')} gets no sealed codes."
        yield Problem(gateway.study, what, f"They are for: {', '.join(KEEPERS)}.")
    if committed(gateway) != commitment_of(secret):
        yield Problem(gateway.study, "The secret is not the one that the study committed to.", "Use that one.")
    if not 1 <= slots <= MANY:
        yield Problem("slots", f"{slots} places of each list are asked for.", f"Ask for 1 to {MANY}.")
    if not strata_of(gateway):
        yield Problem(gateway.study, "Nobody is enrolled, so there is no list yet.", "Seal codes after enrolment.")
