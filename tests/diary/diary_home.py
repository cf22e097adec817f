"""A study with people who have something to tell: baseline on 12 January with an injection, week 4 on 9 February."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from calcitrial import verbs
from calcitrial.diary import Given, LinkOffer, Teller, issue, next_link
from calcitrial.lesions import LesionPlace, add_lesion
from calcitrial.lesions.body_map import locate
from calcitrial.participants import begin_visit, enrol, screen
from calcitrial.protocol import Protocol
from calcitrial.record import Author, Draft, Gateway, Place, open_study
from tests.web.people import ANSWERS

NURSE = Author("nora", "study_nurse")
CODE, OTHER = "PIT-001", "PIT-002"
NOON = datetime(2026, 1, 13, 17, tzinfo=UTC)
ME = Author(CODE, "participant")
BY_LINK = Teller("participant", "personal link", "fr", "", "s-1")


class Clock:
    """A clock that a test sets."""

    def __init__(self, moment: datetime = NOON) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment


def begin(
    protocol: Protocol,
    clock: Callable[[], datetime],
    codes: tuple[str, ...] = (CODE,),
    start: date = date(2026, 1, 12),
) -> Gateway:
    """Open the study and bring people through baseline with one injected lesion; return the door with all rules."""
    # What other rooms ask before an injection is theirs to prove; here it stands as given.
    gateway = open_study(protocol, "test", clock=clock)
    judged = {"B-I5": "true", "B-E0": "false"}

    for code in codes:
        answers = ANSWERS | {"age_years": 45, "screening_date": (start - timedelta(days=10)).isoformat()}
        screen(gateway, code, answers, NURSE, judged)
        enrol(gateway, code, start - timedelta(days=3), NURSE)
        x, y = locate("knee", "left", "front")
        lesion = add_lesion(gateway, code, LesionPlace("knee", "left", "front", x, y), NURSE)
        begin_visit(gateway, code, "BL", start, NURSE)
        dose = {"injected": True, "concentration": 150, "volume": "0.5", "vial": "LOT-1", "guidance": "ultrasound"}
        gateway.enter([Draft(Place(code, "injection", "BL", lesion), dose)], NURSE)
    return replace(gateway, rules=verbs.RULES)


def link(gateway: Gateway, code: str = CODE, **offer: object) -> str:
    """Issue a link and return its token."""
    given = LinkOffer(**({"language": "fr", "zone": "America/New_York"} | offer))  # type: ignore[arg-type]
    return issue(gateway, code, next_link(gateway.study, code), given, NURSE)


def given(**answers: str) -> list[Given]:
    """Answers that nobody gave before."""
    return [Given(item, answer) for item, answer in answers.items()]


DAY_TWO = (CODE, "injection_diary:2026-01-13")
LICENSED = """
id = "mcq"
version = "test 1"
answered_by = "participant"
status = "licensed"
source = "a file for tests, no text of anybody"
licence = "Licence 4711 for this study"
use = "this study, until 2027"
minutes = 5
title = { en = "Made-up questionnaire" }
introduction = { en = "Invented for a test." }
recall = { en = "the last week" }

[[items]]
id = "q1"
type = "choice"
text = { en = "Invented question one" }
options = [{ value = "0", label = { en = "no" } }, { value = "3", label = { en = "yes" } }]

[[items]]
id = "q2"
type = "scale"
text = { en = "Invented question two" }
max = 3

[[items]]
id = "q3"
type = "scale"
text = { en = "Invented question three" }
max = 3

[[scores]]
id = "total"
label = "Total"
rule = "mean"
of = [["q1", "q2"], ["q3"]]
at_least = 2
source = "The invented manual, page 1"
"""


def file(folder: Path, text: str = LICENSED) -> Path:
    """Write an instrument file and return it."""
    path = folder / "mcq.toml"
    path.write_text(text, "utf-8")
    return path


__all__ = ["BY_LINK", "CODE", "DAY_TWO", "LICENSED", "ME", "NOON", "NURSE", "OTHER", "Clock", "Place", "begin", "file"]
