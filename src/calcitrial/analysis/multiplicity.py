"""Which endpoint may be claimed: the primary one first, then the key secondary ones in the protocol's way."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from calcitrial.models import adjust_p
from calcitrial.protocol import Protocol

ALPHA = 0.05


@dataclass(frozen=True)
class Tested:
    """One endpoint in the order of testing: its place ("primary", "key secondary", "exploratory") and p values.

    `adjusted` is the p value that holds the error over the family, None for exploratory endpoints and where the
    endpoint (or one before it in the order) has no answer; `told` says what may be claimed.
    """

    endpoint: str
    label: str
    place: str
    p: float | None
    adjusted: float | None
    told: str


def order_of_tests(protocol: Protocol, p_values: Mapping[str, float]) -> tuple[Tested, ...]:
    """Return every endpoint of a protocol with what its test may claim.

    The primary endpoint is one contrast at one visit at the 5 % level. Key secondary endpoints are tested only when
    it is significant: together by Holm, or one after the other; Wiens, Pharm Stat 2003;2:211 on fixed sequences.

    Args:
        protocol: with its endpoints and, perhaps, its multiplicity.
        p_values: p of the endpoints that were answered, by id.

    Returns:
        The endpoints in the order of testing; without multiplicity in the protocol all secondary ones are exploratory.
    """
    plan = protocol.multiplicity
    key = [name for name in (plan.endpoints if plan else ()) if any(e.id == name for e in protocol.endpoints)]
    first = [endpoint.id for endpoint in protocol.endpoints if endpoint.role == "primary"][:1]
    adjusted = dict(zip(first, [p_values.get(name) for name in first], strict=True))
    gate = adjusted.get(first[0]) if first else None
    adjusted |= dict(
        zip(key, _key_p([p_values.get(name) for name in key], gate, plan.method if plan else ""), strict=True)
    )
    labels = {endpoint.id: endpoint.label for endpoint in protocol.endpoints}
    order = [*first, *key, *(name for name in labels if name not in (*first, *key))]
    return tuple(_tested(name, labels[name], first, key, p_values.get(name), adjusted.get(name)) for name in order)


def _key_p(values: Sequence[float | None], gate: float | None, method: str) -> list[float | None]:
    """Return the adjusted p values of the key secondary endpoints, none of them below that of the primary one."""
    if gate is None:
        return [None for _ in values]
    if method == "holm":
        known = [1.0 if p is None else p for p in values]  # an endpoint without an answer still counts
        adjusted = [max(gate, p) for p in adjust_p(known, "holm")] if known else []
        return [None if p is None else q for p, q in zip(values, adjusted, strict=True)]
    worst = list(accumulate((math.nan if p is None else p for p in values), np.maximum, initial=gate))[1:]
    return [None if math.isnan(p) else float(p) for p in worst]


def _tested(
    name: str, label: str, first: Sequence[str], key: Sequence[str], p: float | None, adjusted: float | None
) -> Tested:
    place = "primary" if name in first else "key secondary" if name in key else "exploratory"
    if place == "exploratory":
        told = "Exploratory: its p value is a description and supports no claim."
    elif adjusted is None:
        told = "Not tested: it, or an endpoint before it, has no answer in this cut."
    elif adjusted < ALPHA:
        told = "Significant with the error of the family held at 5 %."
    else:
        told = "Not significant with the error of the family held at 5 %."
    return Tested(name, label, place, p, adjusted, told)
