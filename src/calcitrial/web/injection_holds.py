"""Which injections are held, in words: the holds in force, and what events from before they were kept call for."""

from calcitrial.record import make_cut
from calcitrial.safety import Hold, Level, Standing, entered_holds, holds
from calcitrial.version import __version__
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
    Holds are read from a cut of the whole study, and so only where the reading has an adverse event at all.
    """
    if not any(row["term"] for row in reading.table("adverse_event")):
        return []  # also for the blinded, who read events without their words
    cut = make_cut(reading.study, __version__)
    there = entered_holds(cut.protocol, cut.rows)
    known = {(one.level, one.participant, one.lesion, one.rule): frozenset[str]() for one in there}
    for one in there:
        known[one.level, one.participant, one.lesion, one.rule] |= one.events
    found = [hold for hold in holds(cut) if not set(hold.events) <= known.get(_key(hold), frozenset())]
    there_for_me = {"", *reading.rows["participant"]}
    return [
        (_held(hold), hold.reason)
        for hold in found
        if participant in ("", hold.participant) and hold.participant in there_for_me
    ]


def _key(hold: Hold) -> tuple[Level, str, str, str]:
    return hold.level, hold.participant, hold.lesion, hold.rule


def _held(hold: Hold) -> str:
    if hold.level == "study":
        return "Ask the safety board before any further injection"
    return f"Do not inject {hold.lesion if hold.level == 'lesion' else hold.participant}"


def _standing(hold: Standing) -> str:
    return f"{hold.held} is held since {hold.since}" if hold.held else f"The study is held since {hold.since}"
