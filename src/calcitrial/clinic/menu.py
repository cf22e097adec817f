"""What the pages of a study offer, and to whom: the menu, and the actions for one participant."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from django.http import HttpRequest
from django.urls import reverse

from calcitrial.people import Scope
from calcitrial.web import scope_of


class Offer(NamedTuple):
    """One link: its words (English, translated when shown), the name of its page, and the capability it needs."""

    words: str
    page: str
    capability: str


@dataclass(frozen=True)
class Shown:
    """One link as a person sees it: its words, its address, and whether they are on it (page) or below it (true)."""

    words: str
    link: str
    current: str = ""


@dataclass(frozen=True)
class Group:
    """Some links under one heading; without a heading they stand in the open."""

    words: str
    links: tuple[Shown, ...]

    @property
    def current(self) -> bool:
        """Return whether the person is on one of its pages."""
        return any(link.current for link in self.links)


# Pages that take the study alone, in groups.
MENU: dict[str, tuple[Offer, ...]] = {
    "Work": (
        Offer("Today", "today", "see_today"),
        Offer("Participants", "participants", "see_participants"),
        Offer("Pre-screening", "prescreening", "screen"),
        Offer("Diaries", "diaries", "enter_diary"),
        Offer("Drug", "drug", "see_drug"),
        Offer("Your cases", "worklist", "read_images"),
    ),
    "Data": (
        Offer("Queries", "queries", "see_participants"),
        Offer("Monitoring", "monitoring", "see_monitoring"),
        Offer("Trail review", "trail_review", "review_trail"),
        Offer("Locks", "locks", "see_participants"),
        Offer("Lesions", "lesions", "see_participants"),
        Offer("Agreement", "agreement", "manage_reads"),
    ),
    "Safety": (
        Offer("Safety", "safety", "see_participants"),
        Offer("Safety board", "board", "see_board_open"),
        Offer("Unblindings", "unblindings", "see_unblinding"),
        Offer("Allocation", "allocation_of_study", "see_participants"),
    ),
    "Study": (
        Offer("Protocol", "protocol", "see_protocol"),
        Offer("Amendments", "amendments", "see_protocol"),
        Offer("Consent documents", "consents", "see_protocol"),
        Offer("Diary plan", "diary_plan", "plan_diaries"),
        Offer("Blank forms", "blank_forms", "see_participants"),
        Offer("Laboratory ranges", "laboratory_ranges", "see_participants"),
        Offer("Report", "report", "see_report"),
        Offer("Verify", "verify", "verify_record"),
        Offer("Policies", "policies", "see_protocol"),
        Offer("People", "people", "see_people"),
    ),
}
TELL_ARMS = ("report", "allocation")
# As few links as this need no groups.
FEW = 6
# Pages that take the study and a participant's code.
ACTIONS: tuple[Offer, ...] = (
    Offer("Visits and forms", "visits", "see_participants"),
    Offer("Injections", "injections", "check_dose"),
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
        "menu": tuple(groups(scope, study, request.path)),
        "actions": [(one, reverse(one.page, args=[study, code])) for one in ACTIONS if code and _opens(scope, one)],
    }


def groups(scope: Scope, study: str, path: str) -> list[Group]:
    """Return the menu of a study for one person who is at this path: in groups, or a few links in the open."""
    found = []
    for words, offered in MENU.items():
        links = [_shown(one, study, path) for one in offered if scope.may(one.capability)]
        if links:
            found.append(Group(words, tuple(links)))
    every = [link for group in found for link in group.links]
    return [Group("", tuple(every))] if 0 < len(every) <= FEW else found


def _opens(scope: Scope, one: Offer) -> bool:
    """Return whether this page opens to this person; what tells the arms does not to who is blinded."""
    return scope.may(one.capability) and not (one.page in TELL_ARMS and scope.blinded)


def _shown(one: Offer, study: str, path: str) -> Shown:
    link = reverse(one.page, args=[study])
    # The list of participants is the study itself, under which all other pages lie.
    below = f"{link}participants/" if one.page == "participants" else link
    return Shown(one.words, link, "page" if path == link else "true" if path.startswith(below) else "")
