"""What the first pages of a study need, worked out before somebody asks."""

from calcitrial.clinic.today_pages import dues
from calcitrial.people import Scope
from calcitrial.protocol import Protocol
from calcitrial.record import now, protocol_of
from calcitrial.web import participant_rows, reading_of

# What these see holds what all others see: of all sites, with and without what tells an arm.
ROLES = ("study_nurse", "data_manager", "investigator", "monitor", "assessor")


def warm(study: str) -> Protocol:
    """Read a study and work out its list of participants and what is due in it; return the protocol it runs under.

    What is kept follows from the values of each participant alone (`record.each`), so it serves everybody.
    """
    protocol = protocol_of(study)
    scopes = [Scope(study, "", ((role, ""),)) for role in ROLES]
    for scope in scopes:
        participant_rows(reading_of(protocol, scope))
    for scope in scopes:
        dues(reading_of(protocol, scope), scope, now().date())
    return protocol
