"""What is due about people: roles that do not count for want of training or second factor; tasks not delegated."""

from collections.abc import Iterable
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _

from calcitrial.desk import Due
from calcitrial.people import Scope, rights, without_delegation
from calcitrial.web import Reading

# What somebody decided, or what time brings; nobody need mend it.
SETTLED = ("revoked", "ended", "not begun", "account deactivated")


def people_due(reading: Reading, scope: Scope, today: date) -> Iterable[Due]:
    """Yield what lacks so that people may work: training and second factors for who manages people, delegation."""
    link = reverse("people", args=[reading.study])
    if scope.may("manage_people"):
        for one in rights(reading.study, today):
            if one.why_not and one.why_not not in SETTLED:
                words = f"{one.person}, {one.role_words}: {one.why_not}"
                yield Due("training", words, link, None, True, "manage_people")
    if scope.may("delegate"):
        for person in without_delegation(reading.study, today):
            words = _("%(person)s has no delegated task, and so may enter nothing") % {"person": person}
            yield Due("training", words, link, None, True, "delegate")
