"""The scope of a person in a study: what they may do, at which sites, and whether they may know an arm."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path

from calcitrial.record import Author

TABLE = Path(__file__).parent / "roles.csv"
# Who judges images or outcomes must not know an arm, whatever other role the same person has.
BLIND = frozenset({"image_reader", "assessor"})
# Pages of the study would tell a reader of images whose pictures these are, and when they were taken.
READS_ONLY = "image_reader"
# Who answers for a site, and alone delegates there (ICH E6(R3) 2.3.2); one at a time for each site.
PRINCIPAL = "principal_investigator"
Sites = frozenset[str] | None


@cache
def roles() -> dict[str, frozenset[str]]:
    """Return what each role may do: its capabilities, by role."""
    found: dict[str, set[str]] = {}
    with TABLE.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            found.setdefault(row["role"], set()).add(row["capability"])
    return {role: frozenset(held) for role, held in found.items()}


def capabilities_of(held: Iterable[str]) -> frozenset[str]:
    """Return everything that these roles may do together."""
    return frozenset().union(*(roles()[role] for role in held))


@dataclass(frozen=True)
class Scope:
    """What one person may do in one study.

    `grants` holds (role, site) for every grant that is valid now, site '' being all sites. `person` is the user
    name, which stands as author on every entry.
    """

    study: str
    person: str
    grants: tuple[tuple[str, str], ...]
    # What a token allows of them; None when the person asks and not a token.
    only: frozenset[str] | None = None
    # What was delegated to the person, as (capability, site), where the study demands that; None where it does not.
    delegated: frozenset[tuple[str, str]] | None = None
    # What the study keeps for whom it was delegated to.
    delegable: frozenset[str] = frozenset()

    def may(self, capability: str, site: str | None = None) -> bool:
        """Return whether some valid grant allows this, at this site (None: at any)."""
        return bool(self._roles(capability, site))

    def sites(self, capability: str = "see_participants") -> Sites:
        """Return at which sites this is allowed; None for all of them, an empty set for none."""
        held = ((role, site) for role, site in self._open if self._holds(role, capability))
        found = {where for role, site in held for where in self._where(role, site, capability)}
        return None if "" in found else frozenset(found)

    def sees(self, site: str) -> bool:
        """Return whether participants of this site may be seen."""
        return self.may("see_participants", site)

    @cached_property
    def blinded(self) -> bool:
        """Return whether no arm may reach this person, nor anything that tells one; one blinded role blinds."""
        return not self.may("see_arms") or any(role in BLIND for role, _site in self.grants)

    def author(self, capability: str, site: str | None = None) -> Author:
        """Return the person as author in the first role that allows this; PermissionError when none does."""
        found = self._roles(capability, site)
        if not found:
            raise PermissionError(f"{self.person} may not {capability} in {self.study}.")
        return Author(self.person, found[0])

    @property
    def roles(self) -> tuple[str, ...]:
        """Return the roles that the person has here, each once."""
        return tuple(dict.fromkeys(role for role, _site in self.grants))

    @property
    def _open(self) -> tuple[tuple[str, str], ...]:
        """Return the grants that count: beside that of a reader of images, no other does."""
        reads = tuple(one for one in self.grants if one[0] == READS_ONLY)
        return reads or self.grants

    def _holds(self, role: str, capability: str) -> bool:
        return capability in roles().get(role, ()) and (self.only is None or capability in self.only)

    def _roles(self, capability: str, site: str | None) -> list[str]:
        return [
            role
            for role, granted in self._open
            if self._holds(role, capability)
            and any(site is None or where in ("", site) for where in self._where(role, granted, capability))
        ]

    def _where(self, role: str, site: str, capability: str) -> tuple[str, ...]:
        """Return the sites at which a grant of a role at a site allows something, as far as it was delegated.

        Who delegates needs no delegation.
        """
        if self.delegated is None or capability not in self.delegable or "delegate" in roles().get(role, ()):
            return (site,)
        at = sorted(where for name, where in self.delegated if name == capability)
        return tuple(at) if not site else (site,) if site in at or "" in at else ()

    def undelegated(self, capability: str, site: str | None = None) -> str:
        """Return the sentence that a right is missing only because it was not delegated; '' when that is not why."""
        if self.may(capability, site) or not replace(self, delegated=None).may(capability, site):
            return ""
        return (
            "The principal investigator has not delegated this task to you, or not for today; "
            "ask for an entry in the log."
        )
