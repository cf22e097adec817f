"""Which injections the pages ask to hold, in words: what the safety room proposes from the events of the record."""

from calcitrial.record import make_cut
from calcitrial.safety import Hold, holds
from calcitrial.version import __version__
from calcitrial.web.reading import Reading


def proposed_holds(reading: Reading, participant: str = "") -> list[tuple[str, str]]:
    """Return the proposed holds of a study, or of one participant, as (what is held, why).

    Holds are read from a cut of the whole study, and so only where the reading has an adverse event at all.
    """
    if not reading.table("adverse_event"):
        return []
    found = holds(make_cut(reading.study, __version__))
    return [(_held(hold), hold.reason) for hold in found if participant in ("", hold.participant)]


def _held(hold: Hold) -> str:
    if hold.level == "study":
        return "Ask the safety board before any further injection"
    return f"Do not inject {hold.lesion if hold.level == 'lesion' else hold.participant}"
