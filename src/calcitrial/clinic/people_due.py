"""What waits for who manages the people of a study: training, second factors, roles that end soon."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from calcitrial.desk import Due
from calcitrial.people import Right, Scope, find_user, has_factor, rights
from calcitrial.web import Reading

# So many days before a role ends somebody is told (assumed; time enough for a training and a signature).
SOON = timedelta(days=30)
NAMED = 8
RIGHT = "manage_people"


def people_due(reading: Reading, scope: Scope, today: date) -> Iterable[Due]:
    """Yield, for who manages the people of a study, what keeps somebody from working there, now or soon."""
    if not scope.may(RIGHT):
        return
    link, held = reverse("people", args=[reading.study]), rights(reading.study, today)
    untrained = sorted({one.person for one in held if one.why_not == "no valid training"})
    if untrained:
        words = _("A role does not count without a valid training")
        yield Due("people", words, link, None, True, RIGHT, about=_names(untrained))
    working = sorted({one.person for one in held if one.counts})
    yield from _factors([name for name in working if _lacks_factor(name)], link)
    yield from _ending(held, today, link)


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
