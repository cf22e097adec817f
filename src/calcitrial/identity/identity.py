"""Who a participant is: the personal data that lie in the vault and nowhere else."""

import re
from dataclasses import dataclass, fields
from datetime import date

from calcitrial.protocol import Problem

LONGEST = 300
MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff]")


@dataclass(frozen=True, repr=False)
class Identity:
    """Name, day of birth, contact and guardians of one person; every field is text, '' where it is not known.

    It has no `repr`, so that no message, log or traceback ever shows one.
    """

    given_name: str = ""
    family_name: str = ""
    birth_date: str = ""
    address: str = ""
    phone: str = ""
    email: str = ""
    language: str = ""
    guardian_name: str = ""
    guardian_relation: str = ""
    guardian_phone: str = ""
    guardian_email: str = ""
    second_guardian_name: str = ""
    second_guardian_relation: str = ""
    second_guardian_phone: str = ""
    second_guardian_email: str = ""

    def values(self) -> dict[str, str]:
        """Return the fields by name."""
        return {one.name: getattr(self, one.name) for one in fields(self)}

    @property
    def name(self) -> str:
        """Return given and family name."""
        return f"{self.given_name} {self.family_name}".strip()

    @property
    def born(self) -> date | None:
        """Return the day of birth, or None."""
        return date.fromisoformat(self.birth_date) if self.birth_date else None


FIELDS = tuple(one.name for one in fields(Identity))


def identity_problems(identity: Identity, today: date) -> list[Problem]:
    """Return what is wrong with the personal data; no sentence repeats any of them."""
    found = [
        Problem(name, "The text is too long or holds control characters.", f"Write at most {LONGEST} plain signs.")
        for name, value in identity.values().items()
        if len(value) > LONGEST or UNWRITABLE.search(value)
    ]
    found += [
        Problem(name, "This is no e-mail address.", "Write it as name@host.org, or leave it empty.")
        for name, value in identity.values().items()
        if name.endswith("email") and value and not MAIL.fullmatch(value)
    ]
    if identity.language not in ("", "en", "fr"):
        found.append(Problem("language", "The language is not known here.", "Choose en or fr."))
    if not identity.given_name and not identity.family_name:
        found.append(Problem("family_name", "The name is missing.", "Write at least one name."))
    return [*found, *_birth_problems(identity.birth_date, today)]


def years_between(earlier: date, later: date) -> int:
    """Return the completed years from one day to another; someone born on 29 February is older from 1 March on."""
    return later.year - earlier.year - ((later.month, later.day) < (earlier.month, earlier.day))


def _birth_problems(text: str, today: date) -> list[Problem]:
    try:
        born = date.fromisoformat(text) if text else today
    except ValueError:
        return [Problem("birth_date", "This is no date.", "Write the day of birth as YYYY-MM-DD.")]
    if born > today or today.year - born.year > 120:
        return [Problem("birth_date", "The day of birth is not possible.", "Check the year.")]
    return []
