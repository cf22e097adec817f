"""The invented trial read by two blinded readers and a third; a test says what each reader makes of each size."""

from collections.abc import Callable

from calcitrial.protocol import Protocol
from calcitrial.reading import Answer, Plan, answer, open_reading
from calcitrial.reading.worklist import Slot, slots
from calcitrial.record import Author, Gateway, current_rows
from tests.invented_trial import USUAL, Invented, enter_trial

MANAGER = Author("M. Anager", "data manager")
PLAN = Plan(readers=("R1", "R2"), third="R3", seed=11, repeat_share=0.0, limit_percent=20.0)
Says = Callable[[str, str, float], Answer | None]


def factor(times: float) -> Says:
    """A reader who measures everything that there is, so many times too large."""
    return lambda _lesion, _visit, mass: Answer("", "measured", {"mass": f"{mass * times:.4f}"})


def read_trial(protocol: Protocol, says: dict[str, Says], how: Invented = USUAL) -> Gateway:
    """Enter the trial and let each reader answer every case of which it says something of every lesion."""
    gateway = enter_trial(protocol, how)
    open_reading(protocol.id, PLAN, MANAGER, door=gateway)
    for reader in says:
        let_read(gateway, reader, says[reader])
    return gateway


def let_read(gateway: Gateway, reader: str, says: Says) -> None:
    named = current_rows(gateway.study, forms=("ct_measurement",)).filter(item="mass")
    masses = {(lesion, visit): float(v) for lesion, visit, v in named.select("lesion", "visit", "value").iter_rows()}
    for slot in slots(gateway, reader):
        answers = [_said(slot, label, says, masses) for label in slot.lesions]
        if all(answers):
            answer(gateway.study, reader, slot.task.id, [one for one in answers if one], 20.0, door=gateway)


def _said(slot: Slot, label: str, says: Says, masses: dict[tuple[str, str], float]) -> Answer | None:
    lesion, visit = slot.lesions[label].lesion, slot.case.visit
    if (lesion, visit) not in masses:
        return Answer(label, "absent")
    said = says(lesion, visit, masses[lesion, visit])
    return said and Answer(label, said.outcome, said.values)
