"""What the pages that enter something share: who enters, at which place, and the answer when it is done."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse

from calcitrial.protocol import Problem, RefusedError
from calcitrial.quality import sites_of
from calcitrial.record import Author, Place
from calcitrial.web import Reading, scope_of

SEE_OTHER = 303


def place_in(sent: Mapping[str, str], participant: str) -> Place:
    """Return the place of a participant that an address or a form names."""
    return Place(participant, *(sent.get(name, "") for name in Place._fields[1:]))


def site_of(reading: Reading, participant: str) -> str:
    """Return the site of a participant whose rows these are; '' where none is entered."""
    return sites_of(reading.protocol, reading.rows).get(participant, "")


def author(request: HttpRequest, study: str, capability: str, site: str | None = None) -> Author:
    """Return who enters; RefusedError with a sentence when the person has not the right, or not at this site."""
    try:
        return scope_of(request, study).author(capability, site)
    except PermissionError:
        where = f" at site {site}" if site else ""
        what = f"You have not the right “{capability.replace('_', ' ')}”{where} in {study}."
        why = scope_of(request, study).undelegated(capability, site) or "Ask who manages the people of the study."
        raise RefusedError([Problem("right", what, why)]) from None


@dataclass(frozen=True)
class Outcome:
    """What became of an act: '' and no problems when it is done, else everything that spoke against it."""

    problems: tuple[Problem, ...] = ()

    @property
    def done(self) -> bool:
        """Return whether it was entered."""
        return not self.problems

    @property
    def status(self) -> int:
        """Return the status of the page that shows the form again: 403 for a missing right, else 422."""
        if self.done:
            return 200
        return 403 if any(problem.place == "right" for problem in self.problems) else 422


def attempt(act: Callable[[], object]) -> Outcome:
    """Do something and return what became of it; nothing is half-saved when it is refused."""
    try:
        act()
    except RefusedError as error:
        return Outcome(tuple(error.problems))
    return Outcome()


def summary(problems: Sequence[Problem]) -> list[tuple[str, str]]:
    """Return problems as desk/problems.html shows them: no address, and the sentence."""
    return [("", f"{one.what[:2_000]} {one.instead}".strip()) for one in problems]


def see(address: str) -> HttpResponse:
    """Return the answer that sends the browser to the page of the result, so that reloading sends nothing again."""
    return HttpResponse(status=SEE_OTHER, headers={"Location": address})
