"""What is due about people: roles that do not count or end soon, second factors, tasks not delegated."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from calcitrial.desk import Due
from calcitrial.people import (
    Right,
    Scope,
    find_user,
    has_factor,
    orphaned,
    rights,
    sites_without_principal,
    without_delegation,
)
from calcitrial.quality import sites_now
from calcitrial.web import Reading

# So many days before a role ends somebody is told (assumed; time enough for a training and a signature).
SOON = timedelta(days=30)
NAMED = 8
RIGHT = "manage_people"
# What somebody decided, or what time brings; nobody need mend it.
SETTLED = ("revoked", "ended", "not begun", "account deactivated")


def people_due(reading: Reading, scope: Scope, today: date) -> Iterable[Due]:
    """Yield, for who manages the people of a study or delegates tasks, what keeps somebody from working there."""
    link = reverse("people", args=[reading.study])
    if scope.may(RIGHT):
        held = rights(reading.study, today)
        yield from _lacking(held, link)
        working = sorted({one.person for one in held if one.counts})
        yield from _factors([name for name in working if _lacks_factor(name)], link)
        yield from _ending(held, today, link)
    for right in (RIGHT, "see_monitoring"):
        if scope.may(right):
            yield from _without_principal(reading, scope, today, link, right)
            break
    if scope.may("delegate"):
        old = sum(scope.may("delegate", one.site) for one in orphaned(reading.study, today))
        if old:
            words = ngettext(
                "%(n)d delegated task waits for your confirmation",
                "%(n)d delegated tasks wait for your confirmation",
                old,
            )
            yield Due("people", words % {"n": old}, link, None, False, "delegate")
        for person in without_delegation(reading.study, today):
            words = _("%(person)s has no delegated task, and so may enter nothing") % {"person": person}
            yield Due("people", words, link, None, True, "delegate")


def _without_principal(reading: Reading, scope: Scope, today: date, link: str, right: str) -> Iterator[Due]:
    """Yield each site that has participants and nobody who answers for it."""
    sites = {site for site in sites_now(reading.study).values() if scope.may(right, site)}
    for site in sites_without_principal(reading.study, sites, today):
        yield Due("people", _("The site has no principal investigator"), link, None, True, right, about=site)


def _lacking(held: Sequence[Right], link: str) -> Iterator[Due]:
    """Yield each reason for which a role does not count, with who it is."""
    whom: dict[str, set[str]] = {}
    for one in held:
        if one.why_not and one.why_not not in SETTLED:
            whom.setdefault(one.why_not, set()).add(f"{one.person} ({_(one.role_words)})")
    for why, people in sorted(whom.items()):
        words = _("A role does not count: %(why)s") % {"why": _(why)}
        yield Due("people", words, link, None, True, RIGHT, about=_names(sorted(people)))


def _lacks_factor(name: str) -> bool:
    return find_user(name) is not None and not has_factor(name)


def _factors(names: Sequence[str], link: str) -> Iterator[Due]:
    if names:
        words = ngettext("%(n)d person has no second factor", "%(n)d people have no second factor", len(names))
        yield Due("people", words % {"n": len(names)}, link, None, False, RIGHT, about=_names(names))


def _ending(held: Iterable[Right], today: date, link: str) -> Iterator[Due]:
    for one in held:
        if one.counts and one.until and one.until - SOON <= today:
            words = _("The role %(role)s ends") % {"role": _(one.role_words)}
            yield Due("people", words, link, one.until, False, RIGHT, about=f"{one.person} {one.site}".strip())


def _names(names: Sequence[str]) -> str:
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" + {more}" if more > 0 else "")
