"""The question that an endpoint asks, as the protocol words it."""

from calcitrial.documents import Gap, Table, Value
from calcitrial.protocol import Endpoint
from calcitrial.sections.trial import STATUS_WORDS

UNIT_WORDS = {
    "participant": "each participant counts alike",
    "lesion": "each lesion counts alike",
    "": "gap: the protocol does not say whether participants or lesions count alike",
}


def question(endpoint: Endpoint) -> Table:
    """Return the estimand (ICH E9(R1)) with how well its definition is known; what is not stated is a gap."""
    estimand = endpoint.estimand
    weight = f"{estimand.unit}; {UNIT_WORDS[estimand.weight]}" if estimand.weight else Gap(UNIT_WORDS[""])
    status = f"{STATUS_WORDS[endpoint.status]}. {endpoint.note}".strip()
    told: tuple[tuple[str, Value], ...] = (
        ("Population", estimand.population),
        ("Unit", weight),
        ("Treatment", estimand.treatment),
        ("Variable", estimand.variable),
        ("Intercurrent events", estimand.events_in_words),
        ("Summary", estimand.summary),
        ("Status of this definition", Gap(status) if endpoint.status == "unspecified" else status),
    )
    rows = tuple((name, text or Gap("not stated in the protocol")) for name, text in told)
    return Table(f"The question asked (estimand, ICH E9(R1)): {endpoint.label}", ("Attribute", "Definition"), rows, 2)
