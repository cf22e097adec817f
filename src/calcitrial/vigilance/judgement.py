"""What people judge: the investigator the cause of an event, the safety board whether the trial goes on."""

from collections.abc import Mapping

from calcitrial.protocol import Problem, refuse
from calcitrial.quality import enter_signed
from calcitrial.record import Author, Cut, Draft, Gateway, Place, Receipt, current_rows, tabulate
from calcitrial.safety import EVENT_FORM, next_name

ASSESSMENT, RECOMMENDATION = "event_assessment", "board_recommendation"
APPROVED = "approved"


def assess(
    gateway: Gateway, participant: str, event: str, values: Mapping[str, str], expected: int, reason: str, by: Author
) -> Receipt:
    """Enter the investigator's judgement of an event, beside the report and never over it.

    Raises RefusedError when there is no such event, or a value is missing.
    """
    table = tabulate(gateway.protocol, current_rows(gateway.study, participant, (EVENT_FORM,)), EVENT_FORM)
    if not table.filter(repeat=event).height:
        refuse([Problem(f"{participant} {event}", "There is no such event.", "Choose one from the list.")])
    return gateway.enter([Draft(Place(participant, ASSESSMENT, repeat=event), dict(values), expected, reason)], by)


def recommend(
    gateway: Gateway, cut: Cut, values: Mapping[str, str], by: Author, printed_name: str = ""
) -> tuple[Place, Receipt]:
    """Enter what the safety board recommends after it saw a cut, signed; return its place and the receipt.

    It trusts that the caller has asked for both components of the signature. One submission: both or neither.
    """
    if cut.study != gateway.study:
        refuse([Problem(cut.study, f"The cut is not of {gateway.study}.", "Cut this study.")])
    rows = tabulate(gateway.protocol, current_rows(gateway.study, "", (RECOMMENDATION,)), RECOMMENDATION)
    place = Place("", RECOMMENDATION, repeat=next_name(rows["repeat"], "B"))
    seen = {"board_cut": str(cut.sequence), "board_digest": cut.digest}
    drafts = [Draft(place, dict(values) | seen)]
    return place, enter_signed(gateway, drafts, APPROVED, by, printed_name=printed_name)
