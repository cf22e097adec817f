"""The scenario of a protocol: its visits, arms and injections with an assumed, modest effect."""

from calcitrial.design.scenario import ArmEffect, Scenario, treated_arm, untreated_arm
from calcitrial.design.simulate import answers_of
from calcitrial.participants import assess
from calcitrial.protocol import Protocol

# Assumed: a lesion under treatment keeps 55 % of its mass at the last visit. The published -67 % at week 4 and
# -90 % at week 12 (8 lesions, uncontrolled) is an optimistic upper bound (see parameters.csv).
LAST_RATIO = 0.55

SHARES = (("SSc", 0.6), ("DM", 0.3), ("MCTD", 0.1))


def eligible_diagnoses(protocol: Protocol) -> tuple[tuple[str, float], ...]:
    """Return the usual diagnoses, with their shares, that no criterion of the protocol shuts out."""
    return tuple((name, share) for name, share in SHARES if not _shut_out(protocol, name))


def _shut_out(protocol: Protocol, diagnosis: str) -> bool:
    answers = {item: str(value).lower() for item, value in answers_of(44, "F", diagnosis).items()}
    found = assess(protocol, {**answers, "diagnosis": diagnosis})
    return any(one.met == "false" for one in found)


def scenario_of(protocol: Protocol, participants: int) -> Scenario:
    """Return a scenario for a protocol: visits from baseline on, one screen failure per six participants."""
    visits = [visit for visit in protocol.visits if visit.day >= 0]
    days = tuple(visit.day for visit in visits)
    arms: tuple[ArmEffect, ...] = tuple(
        treated_arm(arm.id, days, LAST_RATIO) if arm.treated else untreated_arm(arm.id, days) for arm in protocol.arms
    )
    return Scenario(
        participants=participants,
        visits=tuple(visit.id for visit in visits),
        arms=arms,
        injection_visits=tuple(visit.id for visit in visits if "injection" in visit.forms),
        screen_failures=max(1, participants // 6),
        diagnoses=eligible_diagnoses(protocol),
        lesions_mean=3.0,
        lesions_max=4,
        # Easy lesions (below 500 HU, none large, clear of bone and skin), so that the demo waits for no reader.
        density_range=(200.0, 360.0),
        volume_range=(150.0, 500.0),
    )
