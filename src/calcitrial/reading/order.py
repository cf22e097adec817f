"""Every draw of the blinded reads: orders, hidden repeats, labels, task ids, all from the recorded seed and salt.

A draw is HMAC-SHA256(salt, seed and what is drawn), so anybody who has the record can recompute each of them, and
nobody without the salt can: participant codes and visits are few and could otherwise be tried one by one.
No draw depends on cases of a later batch, so what is released later never moves what was read before.
"""

import hashlib
import hmac
import string
from collections.abc import Sequence

import orjson

from calcitrial.reading.case import Case, Known, Point
from calcitrial.reading.plan import Opened

# A reader who could compare the digits of two points would know a repeat at once.
BLUR_MM = 1.0
Turn = tuple[Case, bool]


def draw(opened: Opened, *what: str) -> bytes:
    """Return 32 bytes that only the salt can give for this purpose."""
    message = orjson.dumps([opened.plan.seed, *what])
    return hmac.new(opened.salt.encode(), message, hashlib.sha256).digest()


def fraction(opened: Opened, *what: str) -> float:
    """Return a draw as a number from 0 up to, but without, 1."""
    return int.from_bytes(draw(opened, *what)[:6], "big") / 2**48


def task_id(opened: Opened, reader: str, turn: Turn) -> str:
    """Return the id of a task, 128 bits in hexadecimal; the two readings of one case have unrelated ones."""
    return draw(opened, "task", reader, *_named(turn)).hex()[:32]


def turns(opened: Opened, reader: str, cases: Sequence[Case]) -> tuple[Turn, ...]:
    """Return (case, is it the hidden second reading) in the order of one of the two readers.

    Within a batch the cases are shuffled. The repeats of the first batch are cases of the first half of this
    order, and at least half the batch lies between the two readings; later batches repeat cases of earlier
    ones first, which also hides that a batch holds later visits.
    """
    done: list[Turn] = []
    for batch in sorted({case.batch for case in cases}):
        mine = [case for case in cases if case.batch == batch]
        done += _batch_turns(opened, reader, mine, done)
    return tuple(done)


def _batch_turns(opened: Opened, reader: str, mine: Sequence[Case], done: Sequence[Turn]) -> list[Turn]:
    shuffled = sorted(mine, key=lambda case: draw(opened, "order", reader, *case.key))
    count = len(shuffled)
    repeated = {case.key for case, second in done if second}
    earlier = [case for case, second in done if not second and case.key not in repeated]
    place = {case.key: number for number, case in enumerate(shuffled)}
    pools = (earlier, shuffled[: count // 2])
    drawn = [case for pool in pools for case in sorted(pool, key=lambda c: draw(opened, "repeat", reader, *c.key))]
    chosen = drawn[: int(opened.plan.repeat_share * count + 0.5)]
    ranked = [(float(number), False, case) for number, case in enumerate(shuffled)]
    ranked += [(_second_place(opened, reader, case, place.get(case.key), count), True, case) for case in chosen]
    return [(case, second) for _rank, second, case in sorted(ranked, key=lambda one: one[:2])]


def _second_place(opened: Opened, reader: str, case: Case, first: int | None, count: int) -> float:
    """Return where in the batch a second reading comes: anywhere, or half the batch behind a first one in it."""
    start = 0.0 if first is None else first + count / 2
    return start + fraction(opened, "second", reader, *case.key) * (count - start)


def labelled(opened: Opened, reader: str, turn: Turn) -> dict[str, Known]:
    """Return the lesions of a case by label (A, B, …), permuted anew for every task."""
    named = _named(turn)
    order = sorted(turn[0].lesions, key=lambda known: draw(opened, "label", reader, *named, known.lesion))
    return {_label(number): known for number, known in enumerate(order)}


def blurred(opened: Opened, reader: str, turn: Turn, known: Known) -> Point | None:
    """Return the point at which the reader looks, moved by up to BLUR_MM along each axis, to 0.1 mm."""
    if known.point_mm is None:
        return None
    named = _named(turn)
    shifts = [2 * fraction(opened, "blur", reader, *named, known.lesion, axis) - 1 for axis in "xyz"]
    x, y, z = (round(at + BLUR_MM * shift, 1) for at, shift in zip(known.point_mm, shifts, strict=True))
    return (x, y, z)


def _named(turn: Turn) -> tuple[str, ...]:
    case, second = turn
    return (*case.key, "2" if second else "1")


def _label(number: int) -> str:
    """Return A … Z, then AA, AB, … as spreadsheets count."""
    rest, last = divmod(number, 26)
    return (_label(rest - 1) if rest else "") + string.ascii_uppercase[last]
