"""Which injections are held, in words: the holds in force, and what events from before they were kept call for."""

from calcitrial.safety import Hold, Standing, entered_holds, unheld
from calcitrial.web.reading import Reading


def holds_in_force(reading: Reading, participant: str = "") -> list[tuple[str, str]]:
    """Return the holds that nobody has lifted, of a study or of one participant, as (what is held, why).

    To who must not know an arm the rows of holds are not readable, and so no hold is shown.
    """
    entered = entered_holds(reading.protocol, reading.rows)
    return [(_standing(one), one.reason) for one in entered if one.in_force and participant in ("", one.participant)]


def proposed_holds(reading: Reading, participant: str = "") -> list[tuple[str, str]]:
    """Return what the events call for and nobody has entered, as (what is held, why).

    An event that was entered through the doors of today brings its hold with it; this is for records from before.
    The events of the whole study are asked, because one rule counts them over all sites.
    """
    if not reading.said("adverse_event", "term"):
        return []  # also for the blinded, who read events without their words
    mine = {"", *reading.rows["participant"].unique()}
    return [
        (_held(hold), hold.reason)
        for hold in unheld(reading.protocol)
        if participant in ("", hold.participant) and hold.participant in mine
    ]


def _held(hold: Hold) -> str:
    if hold.level == "study":
        return "Ask the safety board before any further injection"
    return f"Do not inject {hold.lesion if hold.level == 'lesion' else hold.participant}"


def _standing(hold: Standing) -> str:
    return f"{hold.held} is held since {hold.since}" if hold.held else f"The study is held since {hold.since}"
