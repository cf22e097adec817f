"""The code of a participant: made by the program of a site and a running number, and of nothing personal.

PIT-013T is the thirteenth person of PITTSBURGH; the letter at the end checks the rest, so that a digit misread, or
two digits swapped, gives a code that is refused and never another person's.
"""

import re
import unicodedata
from datetime import date

import polars as pl

from calcitrial.protocol import Problem, Protocol, refuse
from calcitrial.record import Author, Draft, Gateway, Place, current_rows, each_of, enter_numbered, form_rows

# 23 letters, a prime number of them: no I and O, which look like digits, and no L, which begins a lesion's number.
LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ"
CODE = re.compile(r"([A-Z]{3})-([0-9]{3,})([A-Z]?)")


def prefix_of(site: str) -> str:
    """Return the three letters that the codes of a site begin with."""
    plain = unicodedata.normalize("NFKD", site).encode("ascii", "ignore").decode().upper()
    return ("".join(sign for sign in plain if sign.isalpha()) + "XXX")[:3]


def check_letter(prefix: str, number: int) -> str:
    """Return the letter that checks a prefix and a number: the weighted sum of their signs modulo 23.

    The weights differ, and 23 is a prime greater than any difference of two digits: one wrong digit, or two digits
    swapped, always gives another letter.
    """
    signs = f"{number:03d}"[::-1] + prefix[::-1]
    return LETTERS[sum(int(sign, 36) * weight for weight, sign in enumerate(signs, 2)) % len(LETTERS)]


def make_code(site: str, number: int) -> str:
    """Return the code of the person with this number at a site."""
    prefix = prefix_of(site)
    return f"{prefix}-{number:03d}{check_letter(prefix, number)}"


def sound(code: str) -> bool:
    """Return whether a code is one that this program made."""
    match = CODE.fullmatch(code)
    # A number that begins with a needless zero is none of ours: 91000 misread as 01000 would pass as 1000.
    return match is not None and code == f"{match[1]}-{int(match[2]):03d}{check_letter(match[1], int(match[2]))}"


def sites_known(study: str, protocol: Protocol) -> tuple[str, ...]:
    """Return the sites of a study: those of its protocol, then any others that have participants already."""
    listed = [site.id for site in protocol.sites]
    used = frozenset[str]().union(*set(each_of(study, "sites used", _sites_used).values()))
    return (*listed, *sorted(used - set(listed)))


def _sites_used(rows: pl.DataFrame) -> dict[str, frozenset[str]]:
    """Return the sites that registration and screening name, by participant."""
    found: dict[str, frozenset[str]] = dict.fromkeys(rows["participant"].unique(), frozenset())
    named = rows.filter(pl.col("form").is_in(["registration", "screening"]) & (pl.col("item") == "site"))
    for code, site in named.select("participant", "value").iter_rows():
        found[code] |= {site}
    return found


def register(
    gateway: Gateway, site: str, on: date, by: Author, *, number_in_log: str = "", earlier: str = "", ticket: str = ""
) -> str:
    """Open a participant at a site under the next free code, and return the code.

    `number_in_log` is that of the pre-screening log, `earlier` the code of the same person's earlier screening.
    Raises RefusedError for a site that the study does not have and for a line of the log that led to a code already.
    """
    refuse([*_site_problems(gateway, site), *_log_problems(gateway, number_in_log, ticket)])
    values = {"site": site, "registered_on": on.isoformat(), "prescreening_number": number_in_log}
    values |= {"earlier_code": earlier, "ticket": ticket}
    place = enter_numbered(
        gateway,
        lambda number: Draft(Place(make_code(site, number), "registration"), values),
        by,
        lambda: _taken(gateway.study, prefix_of(site)),
        ticket,
    )
    return place.participant


def _taken(study: str, prefix: str) -> list[int]:
    """Return the numbers that codes with this prefix have, whoever made them."""
    codes = current_rows(study, "", ["registration", "screening"])["participant"].unique().to_list()
    matches = [re.match(rf"{prefix}-([0-9]+)", code) for code in codes]
    return [int(match[1]) for match in matches if match]


def _site_problems(gateway: Gateway, site: str) -> list[Problem]:
    known = sites_known(gateway.study, gateway.protocol)
    if site in known or (not known and site):
        return []
    return [Problem("site", f"Study {gateway.study} has no site {site!r}.", f"Its sites: {', '.join(known)}.")]


def _log_problems(gateway: Gateway, number: str, ticket: str) -> list[Problem]:
    if not number:
        return []
    line = next((row for row in form_rows(gateway, "prescreening") if row["repeat"] == number), None)
    if line is None:
        return [Problem("log", f"The pre-screening log has no line {number!r}.", "Enter it there first.")]
    if line["prescreening_outcome"] != "to be screened":
        what = f"Line {number} of the log says {line['prescreening_outcome']!r}."
        return [Problem("log", what, "Only who is to be screened gets a code.")]
    taken = [row for row in form_rows(gateway, "registration") if row["prescreening_number"] == number]
    if taken and not (ticket and taken[0]["ticket"] == ticket):
        what = f"Line {number} of the log has the code {taken[0]['participant']} already."
        return [Problem("log", what, "Go on with that code.")]
    return []


def code_problems(gateway: Gateway, draft: Draft) -> list[Problem]:
    """Return why a registration or a screening cannot stand under its code (ICH E6(R3) 3.16.1(s))."""
    place = draft.place
    if place.form == "registration" and not sound(place.participant):
        what = f"{place.participant!r} is no code that the program made."
        return [Problem(place.participant, what, "Register the person; the program makes the code.")]
    if place.form != "screening" or not draft.values.get("site"):
        return []
    there = form_rows(gateway, "registration", place.participant)
    if there and there[0]["site"] != draft.values["site"]:
        what = f"{place.participant} is registered at {there[0]['site']}, not at {draft.values['site']}."
        return [Problem(place.participant, what, "Name the site of the registration.")]
    return []
