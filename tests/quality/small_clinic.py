"""Who enters, asks and signs in the tests of the room, and the forms that a participant begins with."""

from datetime import UTC, datetime

from calcitrial.record import Author, Draft, Gateway, Place

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
NURSE = Author("nora", "study_nurse")
MONITOR = Author("mona", "monitor")
PHYSICIAN = Author("ines", "investigator")
MANAGER = Author("dana", "data_manager")
PAIN = Place("P1", "pain", "BL")
SCREENING = Place("P1", "screening")


def opened(code: str, site: str) -> list[Draft]:
    """The forms that bring a participant of a site with one lesion and a begun baseline visit into the record."""
    where = {"body_site": "thumb, distal phalanx", "side": "left", "view": "left hand", "map_x": "0.2", "map_y": "0.4"}
    return [
        Draft(Place(code, "screening"), {"screening_date": "2026-01-05", "age_years": 44, "site": site}),
        Draft(Place(code, "lesion", lesion=f"{code}-L1"), where | {"role": "target"}),
        Draft(Place(code, "visit", visit="BL"), {"visit_date": "2026-01-06"}),
    ]


def correct(door: Gateway, value: int, expected: int = 1, code: str = "P1") -> None:
    """Correct the pain of a participant, with a reason."""
    door.enter([Draft(Place(code, "pain", "BL"), {"pain_nrs": value}, expected, "misread")], NURSE)
