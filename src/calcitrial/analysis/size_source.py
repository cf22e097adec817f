"""Whose sizes an endpoint rests on, how many readers each lesion image had, and which still wait for one."""

from collections.abc import Iterable
from dataclasses import dataclass

from calcitrial.outcomes import Quantity, measure_of
from calcitrial.protocol import SIZED_BY, Endpoint
from calcitrial.reading import Standing, standing_of
from calcitrial.record import Cut


@dataclass(frozen=True)
class ReadBy:
    """How many lesion images have been read by so many readers, of how many lesions, and the entries behind it."""

    readers: int
    images: int
    lesions: int
    entries: tuple[int, ...]


@dataclass(frozen=True)
class Waiting:
    """What lesion images of one visit wait for: their lesions, and the entries of what has been read of them."""

    why: str
    visit: str
    lesions: tuple[str, ...]
    entries: tuple[int, ...]


@dataclass(frozen=True)
class SizeSource:
    """Whose sizes were taken: `by` (automatic, site, reads), in words, with the protocol's own word on it.

    `read_by` and `waiting` are empty unless the sizes are the readers'; `finished` is how many lesion images have a
    read that is done.
    """

    by: str
    told: str
    note: str
    read_by: tuple[ReadBy, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    finished: int = 0


def size_source(cut: Cut, endpoint: Endpoint) -> SizeSource | None:
    """Return whose sizes an endpoint takes in this cut; None for an outcome that is no size on a picture."""
    measure = measure_of(endpoint)
    if measure.quantity is None:
        return None
    stated = endpoint.sizes
    note = f"{stated.status}: {stated.note}" if stated else "the protocol names none, so it is the first measurement"
    told = f"Sizes: {SIZED_BY[measure.by]}."
    if measure.by != "reads":
        return SizeSource(measure.by, told, note)
    return _of_readers(standing_of(cut, measure.quantity.kind, measure.quantity.item), told, note, measure.quantity)


def _of_readers(found: Iterable[Standing], told: str, note: str, quantity: Quantity) -> SizeSource:
    images = tuple(found)
    rule = (
        f"{told} Two readers read the {quantity.item.replace('_', ' ')} of each lesion without knowing participant, "
        "visit or arm; where they agree within the plan's limit their geometric mean stands, else a third decides."
    )
    counts = []
    for number in range(4):
        mine = [one for one in images if len(one.readers) == number]
        if mine:
            counts.append(ReadBy(number, len(mine), len({one.image[2] for one in mine}), _entries(mine)))
    waiting = []
    for why, visit in sorted({(one.waits, one.image[1]) for one in images if one.waits}):
        mine = [one for one in images if (one.waits, one.image[1]) == (why, visit)]
        waiting.append(Waiting(why, visit, tuple(one.image[2] for one in mine), _entries(mine)))
    done = sum(not one.waits for one in images)
    return SizeSource("reads", rule, note, tuple(counts), tuple(waiting), done)


def _entries(mine: Iterable[Standing]) -> tuple[int, ...]:
    return tuple(sorted({number for one in mine for number in one.entries}))
