"""The simulated people of a demo home: one for each role of each study."""

from dataclasses import dataclass

from calcitrial.people import personas as names
from calcitrial.people import rights
from calcitrial.record import studies


@dataclass(frozen=True)
class Persona:
    """One simulated person: user name, study, role, site."""

    name: str
    study: str
    role: str
    site: str

    @property
    def words(self) -> str:
        """Return the role, and the site where there is one, as people write them."""
        return ", ".join(filter(None, (self.role.replace("_", " "), self.site)))


def personas() -> list[Persona]:
    """Return the simulated people by study and role, as far as their grants count."""
    known = names()
    return [
        Persona(right.person, study, right.role, right.site)
        for study in studies()
        for right in sorted(rights(study), key=lambda right: right.role)
        if right.person in known and right.counts
    ]
