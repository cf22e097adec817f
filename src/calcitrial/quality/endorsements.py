"""The investigator's endorsement of all data of a site: a signature that gates the final cut.

ICH E6(R3) 3.16.1(k) and (o): the investigator sees the data of the site and endorses them at milestones. The
endorsement is bound to every current entry of the site's participants and is void when one of them changes.
"""

from dataclasses import dataclass

import polars as pl

from calcitrial.protocol import Problem, refuse
from calcitrial.quality.marks import ABOUT_DATA, mark, table
from calcitrial.quality.signatures import digest_of
from calcitrial.quality.sites import sites_now
from calcitrial.quality.states import locked_sites
from calcitrial.record import Author, Draft, Gateway, Place, Receipt, current_rows, known, stamp

FORM, MEANING = "endorsement", "responsible for all data"


@dataclass(frozen=True)
class Endorsement:
    """Who took responsibility for all data of a site and when; void when the data changed since."""

    site: str
    name: str
    at: str
    entries: int
    digest: str
    version: int
    void: bool

    @property
    def words(self) -> str:
        """Return the manifest of the signature as a sentence, and whether it is void."""
        said = f"Signed by {self.name} on {self.at[:10]} at {self.at[11:19]} UTC, meaning: {MEANING} of {self.site}."
        return f"{said} VOID: the data of the site changed since." if self.void else said


def _entries_of(study: str, site: str) -> list[int]:
    """Return the numbers of the current entries of a site's participants."""
    codes = [code for code, where in sites_now(study).items() if where == site]
    rows = known(study).of(codes) if codes else pl.DataFrame({"form": [], "number": []})
    return rows.filter(~pl.col("form").is_in(ABOUT_DATA))["number"].to_list()


def endorsements(study: str) -> dict[str, Endorsement | None]:
    """Return the endorsement of every site that has participants; None where none was ever given."""
    given = {place.repeat: one for place, one in table(current_rows(study, "", [FORM]), FORM).items()}
    found: dict[str, Endorsement | None] = {}
    for site in sorted(set(sites_now(study).values())):
        one = given.get(site)
        found[site] = None
        if one:
            same = one["endorsed_mark"] == mark(_entries_of(study, site))
            counted, version = int(one["endorsed_entries"]), one["version"]
            signed = (one["printed_name"], one["signed_at"])
            found[site] = Endorsement(site, *signed, counted, one["signed_digest"], version, not same)
    return found


def endorse(gateway: Gateway, site: str, by: Author, printed_name: str = "") -> Receipt:
    """Take responsibility for all data of a site as they stand; the same data twice makes no second entry.

    It trusts that the caller has asked for both components of the signature. Raises RefusedError for a site
    without participants.
    """
    numbers = _entries_of(gateway.study, site)
    if not numbers:
        refuse([Problem("site", f"Nobody of a site {site!r} is in the record.", "Choose a site with participants.")])
    before = table(current_rows(gateway.study, "", [FORM]), FORM).get(Place("", FORM, repeat=site))
    now = mark(numbers)
    values = {
        "endorsed_meaning": MEANING,
        "printed_name": printed_name or by.name,
        "signed_at": stamp(gateway.clock()),
        "endorsed_entries": len(numbers),
        "endorsed_mark": now,
        "signed_digest": digest_of(gateway.study, numbers),
    }
    if before and before["endorsed_mark"] == now and before["printed_name"] == values["printed_name"]:
        values["signed_at"] = before["signed_at"]
    version = int(before["version"]) if before else 0
    reason = "the data changed since the last endorsement" if before else ""
    return gateway.enter([Draft(Place("", FORM, repeat=site), values, version, reason)], by)


def final_problems(study: str) -> list[Problem]:
    """Return why a cut of the study cannot be the final one: it is not locked, or data are not endorsed."""
    found = []
    if "" not in locked_sites(study):
        found.append(Problem(study, "The study is not locked, so no cut of it is final.", "Lock the study first."))
    for site, one in endorsements(study).items():
        name = site or "without a name"
        if one is None:
            what = f"The investigator of site {name} has not endorsed its data."
            found.append(Problem(study, what, "Let the investigator sign for them, then cut."))
        elif one.void:
            what = f"The endorsement of site {name} by {one.name} is void: data changed since."
            found.append(Problem(study, what, "Let the investigator sign for them again, then cut."))
    return found
