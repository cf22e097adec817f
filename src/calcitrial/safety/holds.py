"""When injections must stop: the holds that the events of a cut call for, each with the entries behind it.

What the rules are stands in `stopping`; what is held now, and until when, in `standing`.
"""

from calcitrial.record import Cut
from calcitrial.safety.events import adverse_events
from calcitrial.safety.stopping import Hold, called_for


def holds(cut: Cut) -> tuple[Hold, ...]:
    """Return every hold that the events of the cut call for, participants first, then lesions, then the study."""
    return called_for(cut.protocol, cut.study, list(adverse_events(cut).iter_rows(named=True)))
