"""The second factor: a code of six digits that an app makes from a shared key (TOTP, RFC 6238), and recovery codes."""

import hashlib
import hmac
import secrets
from datetime import datetime

import pyotp
from django.db import transaction

from calcitrial.people.accounts import card_of
from calcitrial.people.events import happened, model
from calcitrial.people.keys import seal, unseal
from calcitrial.protocol import Problem, refuse

RECOVERY_CODES = 10
SECONDS = 30


def new_key() -> str:
    """Return a new key for an app, in the letters that apps read."""
    return pyotp.random_base32()


def key_address(name: str, key: str) -> str:
    """Return the address that an app reads from a QR picture."""
    return pyotp.TOTP(key).provisioning_uri(name=name, issuer_name="calcitrial")


def has_factor(name: str) -> bool:
    """Return whether an account has a second factor."""
    return bool(card_of(name).totp)


def enrol_factor(name: str, key: str, code: str, moment: datetime) -> tuple[str, ...]:
    """Enrol an app whose first code proves that it has the key; return recovery codes, which are shown once only.

    The owner, not an administrator, does this; a reset account may sign again afterwards. Raises RefusedError.
    """
    card = card_of(name)
    if card.must_change:
        refuse([Problem("password", "The first password is not changed yet.", "Change it first.")])
    step = _step(key, code, moment, 0)
    if not step:
        refuse([Problem("code", "This is not the code that the app shows now.", "Check the clock of both devices.")])
    codes = tuple(f"{secrets.token_hex(3)}-{secrets.token_hex(3)}" for _code in range(RECOVERY_CODES))
    with transaction.atomic():
        model("Card").objects.filter(pk=card.pk).update(
            totp=seal(key), totp_step=step, recovery=" ".join(map(_digest, codes)), reset=False
        )
        happened("factor", card.user.username)
    return codes


def second_factor_holds(name: str, code: str, moment: datetime) -> bool:
    """Return whether a code of the app or a recovery code is right; each is good once."""
    card = card_of(name)
    typed = code.replace(" ", "").strip()
    key = unseal(card.totp) if card.totp else ""
    step = _step(key, typed, moment, card.totp_step) if key else 0
    if step:
        # Of two who show the same code at once, one is let in.
        fresh = model("Card").objects.filter(pk=card.pk, totp_step__lt=step)
        return bool(fresh.update(totp_step=step))
    left = card.recovery.split()
    if typed and _digest(typed) in left:
        left.remove(_digest(typed))
        unused = model("Card").objects.filter(pk=card.pk, recovery=card.recovery)
        if unused.update(recovery=" ".join(left)):
            happened("recovered", card.user.username, detail=f"{len(left)} left")
            return True
    return False


def _step(key: str, code: str, moment: datetime, after: int) -> int:
    """Return the time step of a code within one step of now and later than `after`; 0 when there is none."""
    maker, here = pyotp.TOTP(key), int(moment.timestamp()) // SECONDS
    for step in (here - 1, here, here + 1):
        if step > after and hmac.compare_digest(maker.at(step * SECONDS).encode(), code.strip().encode()):
            return step
    return 0


def _digest(code: str) -> str:
    return hashlib.sha256(f"calcitrial {code}".encode()).hexdigest()
