"""How exactly the outcome was measured, before anybody is called a responder."""

import math
from dataclasses import dataclass

from calcitrial.outcomes import Quantity, measure_of
from calcitrial.protocol import Endpoint, RefusedError
from calcitrial.reading import Agreement, agreement
from calcitrial.record import Cut


@dataclass(frozen=True, eq=False)
class Measurement:
    """How exactly an outcome was measured.

    `agreement` is of the blinded readers, None where there is none (`told` says why). `sdc` is the smallest
    detectable change as a ratio above 1 (growth; a decrease counts below 1 / sdc), None where nothing tells it, and
    `source` says where it comes from.
    """

    agreement: Agreement | None
    sdc: float | None
    source: str
    told: str
    entries: tuple[int, ...] = ()


def measurement_of(cut: Cut, endpoint: Endpoint) -> Measurement:
    """Return how exactly an endpoint's outcome was measured, from the reads of the cut or else from the protocol.

    Args:
        cut: the data cut.
        endpoint: whose outcome is asked; its protocol may state a smallest detectable change.

    Returns:
        What the readers' agreement says; without readings, what the protocol states; never an invented number.
    """
    found, told = _agreement(cut, measure_of(endpoint).quantity)
    if found is not None:
        sdc = found.sdc_ratio(found.sem_agreement)
        entries = tuple(sorted({number for row in cut.table("read")["entries"] for number in row}))
        source = f"agreement of the blinded readers {', '.join(found.readers)} ({found.lesions} lesion images)"
        return Measurement(found, sdc, source, "", entries)
    stated = endpoint.responder.sdc_percent if endpoint.responder else None
    if stated is None:
        return Measurement(None, None, "", told)
    source = "stated by the protocol, because no readings of the study tell it"
    return Measurement(None, 1 + stated / 100, source, told)


def _agreement(cut: Cut, quantity: Quantity | None) -> tuple[Agreement | None, str]:
    if quantity is None:
        return None, "The outcome is not read from images, so readers have no agreement on it."
    if cut.protocol.form("reading_plan") is None or cut.protocol.form("read") is None:
        return None, "The protocol has no blinded reads, so the agreement of readers is not known."
    try:
        return agreement(cut, quantity.item, quantity.kind), ""
    except RefusedError as error:
        return None, f"No agreement of readers: {' '.join(problem.what for problem in error.problems)}"


def decrease_of(sdc: float) -> float:
    """Return the smallest detectable decrease in percent that belongs to a ratio of growth."""
    return 100 * -math.expm1(-math.log(sdc))
