"""The scenario of a protocol: its visits, arms and injections with an assumed, modest effect."""

from calcitrial.design.scenario import ArmEffect, Scenario, treated_arm, untreated_arm

from calcitrial.protocol import Protocol

# Assumed: a lesion under treatment keeps 55 % of its mass at the last visit. The published -67 % at week 4 and
# -90 % at week 12 (8 lesions, uncontrolled) is an optimistic upper bound (see parameters.csv).
LAST_RATIO = 0.55


def scenario(protocol: Protocol, participants: int) -> Scenario:
    """Return a scenario for a protocol: visits from baseline on, one screen failure per six participants."""
    visits = [visit for visit in protocol.visits if visit.day >= 0]
    days = tuple(visit.day for visit in visits)
    arms: tuple[ArmEffect, ...] = tuple(
        treated_arm(arm.id, days, LAST_RATIO) if arm.treated else untreated_arm(arm.id, days)
        for arm in protocol.arms
    )
    return Scenario(
        participants=participants,
        visits=tuple(visit.id for visit in visits),
        arms=arms,
        injection_visits=tuple(visit.id for visit in visits if "injection" in visit.forms),
        screen_failures=max(1, participants // 6),
        lesions_mean=3.0,
        lesions_max=4,
    )
