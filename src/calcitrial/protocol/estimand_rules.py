"""What must be true of an estimand beyond its types, and of the order in which endpoints are tested."""

from collections import Counter
from collections.abc import Iterator, Sequence

from calcitrial.protocol.estimand import IntercurrentEvent
from calcitrial.protocol.problem import Problem, one_of
from calcitrial.protocol.schema import Endpoint, Protocol

NOT_OFFERED = "Choose treatment_policy, composite, while_on_treatment or hypothetical."


def estimand_problems(endpoint: Endpoint, visits: Sequence[str], place: str) -> Iterator[Problem]:
    """Yield what is wrong with the machine-readable parts of an endpoint's estimand.

    Args:
        endpoint: with its estimand.
        visits: the ids of the visits that are planned.
        place: of the endpoint in the protocol.

    Returns:
        One problem per fault, with what to write instead.
    """
    for event in endpoint.estimand.intercurrent_events:
        yield from _event(event, f"{place}.estimand.intercurrent_events.{event.event or event.text[:30]}")
    counted = Counter(event.event for event in endpoint.estimand.intercurrent_events if event.event)
    for name, count in counted.items():
        if count > 1:
            what = f"The event {name!r} is there {count} times."
            yield Problem(f"{place}.estimand.intercurrent_events", what, "Give it one strategy.")
    for condition in endpoint.estimand.conditions:
        if condition.visit and condition.visit not in visits:
            what = f"The visit {condition.visit!r} is not planned."
            yield Problem(f"{place}.estimand.conditions.{condition.kind}", what, one_of(condition.visit, visits))


def _event(event: IntercurrentEvent, place: str) -> Iterator[Problem]:
    if bool(event.event) != bool(event.strategy):
        what = f"It has the event {event.event!r} and the strategy {event.strategy!r}."
        yield Problem(place, what, "Give both, or neither where the event is said in words alone.")
    if event.strategy == "principal_stratum":
        what = "A principal stratum is not offered: who would have had the event in the other arm cannot be seen."
        yield Problem(f"{place}.strategy", what, NOT_OFFERED)
    if event.strategy == "composite" and not event.counts_as:
        what = "A composite does not say what later values count as."
        yield Problem(f"{place}.counts_as", what, "Write counts_as = 'zero' or 'baseline'.")
    if event.strategy != "composite" and event.counts_as:
        what = f"counts_as is {event.counts_as!r}, and the strategy is {event.strategy!r}."
        yield Problem(f"{place}.counts_as", what, "Only a composite changes values; leave it out.")
    if event.event == "vanished" and (event.strategy, event.counts_as) != ("composite", "zero"):
        what = f"A vanished lesion has the strategy {event.strategy!r}."
        yield Problem(place, what, "Its size is 0: write composite and counts_as = 'zero'.")


def multiplicity_problems(protocol: Protocol) -> Iterator[Problem]:
    """Yield what is wrong with the order of tests: endpoints that are not there, are not secondary, or come twice.

    An endpoint of any reading of the control counts as there.
    """
    if protocol.multiplicity is None:
        return
    readings = [protocol.endpoints, *(variant.endpoints for variant in protocol.control.variants)]
    roles = {endpoint.id: endpoint.role for endpoints in readings for endpoint in endpoints}
    secondary = [name for name, role in roles.items() if role == "secondary"]
    for name, count in Counter(protocol.multiplicity.endpoints).items():
        place = f"multiplicity.endpoints.{name}"
        if roles.get(name) != "secondary":
            what = f"{name!r} is {roles.get(name, 'no endpoint')!r}, and key secondary endpoints are secondary."
            yield Problem(place, what, one_of(name, secondary))
        if count > 1:
            yield Problem(place, f"{name!r} is there {count} times.", "Name each endpoint once.")
