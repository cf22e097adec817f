"""From which age people consent themselves, how many parents consent for a minor, and from when assent is expected."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from calcitrial.protocol import Protocol

TABLE = Path(__file__).parent / "ages.csv"


@dataclass(frozen=True)
class AgeRule:
    """What a country asks, as far as it is known (`status` is 'assumed' where the law was not read)."""

    country: str
    adult_from: int
    parents: int
    assent_asked_from: int
    status: str
    note: str


@cache
def age_rules() -> dict[str, AgeRule]:
    """Return the rules by country; '' is for every other one."""
    with TABLE.open(encoding="utf-8", newline="") as lines:
        return {
            row["country"]: AgeRule(
                row["country"],
                int(row["adult_from"]),
                int(row["parents"]),
                int(row["assent_asked_from"]),
                row["status"],
                row["note"],
            )
            for row in csv.DictReader(lines)
        }


def age_rule(protocol: Protocol, site: str) -> AgeRule:
    """Return the rule of the country in which a site of the protocol lies."""
    country = next((one.country for one in protocol.sites if one.id == site), "")
    return age_rules().get(country) or age_rules()[""]
