"""One reading of an unspecified control made real: its arms and allocation, its visits and endpoints."""

from collections.abc import Iterable
from itertools import chain
from typing import TypeVar

from calcitrial.protocol.schema import Endpoint, Protocol, Variant, Visit

Named = TypeVar("Named", Visit, Endpoint)


def made_real(protocol: Protocol, variant: Variant) -> Protocol:
    """Return the protocol with this variant chosen.

    Arms and allocation are those of the variant. Its visits and endpoints join those of the protocol; one
    with the same id takes the place of the protocol's. Visits come in the order of their days.
    """
    visits = _joined(variant.visits, protocol.visits)
    return protocol.model_copy(
        update={
            "control": protocol.control.model_copy(update={"chosen": variant.id}),
            "arms": variant.arms,
            "allocation": variant.allocation,
            "visits": tuple(sorted(visits, key=lambda visit: visit.day)),
            "endpoints": _joined(variant.endpoints, protocol.endpoints),
        }
    )


def _joined(own: Iterable[Named], common: Iterable[Named]) -> tuple[Named, ...]:
    """Return the variant's own parts, then those of the protocol that it does not replace."""
    joined: dict[str, Named] = {}
    for part in chain(own, common):
        joined.setdefault(part.id, part)
    return tuple(joined.values())
