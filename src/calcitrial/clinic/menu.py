"""What the pages of a study offer, and to whom: the menu, and the actions for one participant."""

from typing import Any, NamedTuple

from django.http import HttpRequest
from django.urls import reverse

from calcitrial.web import scope_of


class Offer(NamedTuple):
    """One link: its words (English, translated when shown), the name of its page, and the capability it needs."""

    words: str
    page: str
    capability: str


# Pages that take the study alone.
MENU: tuple[Offer, ...] = (
    Offer("Today", "today", "see_today"),
    Offer("Pre-screening", "prescreening", "screen"),
    Offer("Consent documents", "consents", "see_participants"),
    Offer("Queries", "queries", "see_participants"),
    Offer("Allocation", "allocation_of_study", "see_participants"),
    Offer("Unblindings", "unblindings", "see_unblinding"),
    Offer("Monitoring", "monitoring", "see_monitoring"),
    Offer("Trail review", "trail_review", "review_trail"),
    Offer("Locks", "locks", "see_participants"),
    Offer("Safety", "safety", "see_participants"),
    Offer("Diaries", "diaries", "enter_diary"),
    Offer("Blank forms", "blank_forms", "see_participants"),
    Offer("Laboratory ranges", "laboratory_ranges", "see_participants"),
    Offer("Drug", "drug", "see_drug"),
    Offer("Safety board", "board", "see_board_open"),
)
# Pages that take the study and a participant's code.
ACTIONS: tuple[Offer, ...] = (
    Offer("Injections", "injections", "check_dose"),
    Offer("Visits and forms", "visits", "see_participants"),
    Offer("Adverse events", "events", "see_participants"),
    Offer("Body map", "body_map", "see_participants"),
    Offer("Diary", "diary_of", "enter_diary"),
    Offer("Consent", "consent", "see_participants"),
    Offer("Screening", "person_screening", "screen"),
    Offer("Allocation", "allocation", "see_arms"),
    Offer("Review the data", "review", "see_participants"),
    Offer("Identity and contact", "identity", "see_identity"),
)


def offers(request: HttpRequest) -> dict[str, Any]:
    """Return, for every template, the links that the person who asks may follow (a Django context processor)."""
    asked = getattr(request.resolver_match, "kwargs", {})
    study, code = asked.get("study"), asked.get("code")
    if not study:
        return {}
    scope = scope_of(request, study)
    return {
        "scope": scope,
        "menu": [(one, reverse(one.page, args=[study])) for one in MENU if scope.may(one.capability)],
        "actions": [
            (one, reverse(one.page, args=[study, code])) for one in ACTIONS if code and scope.may(one.capability)
        ],
    }
