"""Holds that a physician sets by hand, of study, person or lesion: enforced and lifted like those of the rules."""

from calcitrial.protocol import Problem, refuse
from calcitrial.record import Author, Draft, Gateway, Place, Receipt, current_rows, tabulate
from calcitrial.safety.reported import next_name
from calcitrial.safety.standing import HOLD_FORMS, entered_holds

BY_HAND = "by hand"


def next_hold(gateway: Gateway, participant: str = "") -> str:
    """Return the name of the next hold of a participant, '' being the study: H1, H2 …."""
    rows = current_rows(gateway.study, participant, HOLD_FORMS)
    own = [one.name for one in entered_holds(gateway.protocol, rows) if one.participant == participant]
    return next_name(own, "H")


def set_hold(gateway: Gateway, participant: str, lesion: str, name: str, reason: str, by: Author) -> Receipt:
    """Hold injections from today: of a lesion, of a participant, or without either of the whole study.

    `name` is that of `next_hold`, so that the same act sent twice holds once. Raises RefusedError without a reason or
    for a lesion that the participant does not have.
    """
    form = "hold" if participant else "study_hold"
    place, problems = Place(participant, form, repeat=name), []
    if not reason.strip():
        problems.append(Problem(f"{place}.hold_reason", "No hold is set without a reason.", "Say why."))
    if lesion and lesion not in _lesions(gateway, participant):
        what = f"{participant or gateway.study} has no lesion {lesion!r}."
        problems.append(Problem(f"{place}.hold_lesion", what, "Choose one of this participant's."))
    refuse(problems)
    values: dict[str, object] = {
        "hold_rule": BY_HAND,
        "hold_since": gateway.clock().date(),
        "hold_reason": f"{reason.strip()} (set by {by.name})",
    }
    if participant:
        values |= {"hold_level": "lesion" if lesion else "participant", "hold_lesion": lesion or None}
    return gateway.enter([Draft(place, values)], by)


def _lesions(gateway: Gateway, participant: str) -> set[str]:
    rows = current_rows(gateway.study, participant, ("lesion",)) if participant else None
    return set() if rows is None else set(tabulate(gateway.protocol, rows, "lesion")["lesion"])
