"""The pre-screener: a few questions from the criteria of a trial, answered in the browser and kept nowhere.

Nothing leaves the browser until the person sends it to a site, ticking that they agree. It never says that somebody is
eligible: what speaks against, what is not known, and that the site decides. Without a script it is a sheet to fill in,
print, and take to one's doctor.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from secrets import token_hex
from typing import Any

from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from calcitrial.identity import Identity, open_vault
from calcitrial.matching import Question, questions_of
from calcitrial.participants import Enquiry, send_enquiry, takes_enquiries
from calcitrial.protocol import Problem, Protocol, RefusedError, rule_tree
from calcitrial.record import now, protocol_of, studies
from calcitrial.verbs import door
from calcitrial.web import address_of, home, open_to, spoken

FOR_ALL = "a person who wonders whether a trial is for them need not say who they are"
SENDS, HOUR = 10, 3600
REFUSED, TOO_MANY = 422, 429
CONTACT = ("given_name", "family_name", "phone", "email")


@dataclass(frozen=True)
class Asked:
    """One question as the page draws it: the words, the choices, and what was answered."""

    question: Question
    words: str
    choices: tuple[tuple[str, str], ...]
    given: str
    problem: str = ""

    @property
    def number(self) -> bool:
        """Return whether a number is asked for."""
        return not self.choices


@open_to(FOR_ALL)
def prescreener_page(request: HttpRequest, study: str) -> HttpResponse:
    """Show the questions of a trial; POST sends the answers to a site, when the person agrees."""
    protocol = _protocol(study)
    if request.method == "POST":
        return _send(request, protocol)
    return _show(request, protocol, {}, ())


def _protocol(study: str) -> Protocol:
    if study not in studies():
        raise Http404(_("There is no trial of this name here."))
    return protocol_of(study)


def _send(request: HttpRequest, protocol: Protocol) -> HttpResponse:
    """Send what the person filled in; the answers that come back after a refusal are those they typed."""
    sent = {name: str(value)[:300] for name, value in request.POST.items()}
    counter = f"enquiries-{sha256(address_of(request).encode()).hexdigest()}"
    if sent.get("website") or cache.get(counter, 0) >= SENDS:
        what = _("Too many enquiries came from this connection. Try again in an hour, or telephone the site.")
        return _show(request, protocol, sent, [Problem("", what, "")], TOO_MANY)
    asked = {one.item.id for one in questions_of(protocol) if one.asked_of == "person"}
    contact = Identity(**{name: sent.get(name, "").strip() for name in CONTACT}, language=_language())
    answers = {name: sent[name] for name in asked if sent.get(name)}
    enquiry = Enquiry(sent.get("site", ""), answers, contact, sent.get("agreed") == "true")
    try:
        number = send_enquiry(
            door(protocol.id), open_vault(home()), enquiry, now().date(), sent.get("_ticket") or token_hex(12)
        )
    except RefusedError as error:
        return _show(request, protocol, sent, error.problems, REFUSED)
    cache.add(counter, 0, HOUR)
    cache.incr(counter)
    return HttpResponseRedirect(reverse("prescreener_sent", args=[protocol.id, number]), status=303)


@open_to("it shows the number that was just given and nothing else")
@require_safe
def sent_page(request: HttpRequest, study: str, number: int) -> HttpResponse:
    """Say that an enquiry was sent, under which number, and what happens now."""
    context = {"trial": _protocol(study), "number": number}
    return _private(render(request, "public/prescreener_sent.html", context))


def _show(
    request: HttpRequest,
    protocol: Protocol,
    sent: Mapping[str, str],
    problems: Sequence[Problem],
    status: int = 200,
) -> HttpResponse:
    wrong = {one.place: f"{spoken(one.what)} {spoken(one.instead)}".strip() for one in problems}
    questions = questions_of(protocol)
    context = {
        "trial": protocol,
        "asked": [_asked(one, sent, wrong) for one in questions if one.asked_of == "person"],
        "site_asks": [one.text(_language()) for one in questions if one.asked_of == "site"],
        "rules": _rules(protocol),
        "unwritten": [one for one in protocol.criteria if not one.expression],
        "sites": [(one.id, one.name) for one in protocol.sites] if takes_enquiries(protocol) else [],
        "sent": sent,
        "wrong": wrong,
        "problems": wrong.values(),
        "ticket": sent.get("_ticket") or token_hex(12),
    }
    return _private(render(request, "public/prescreener.html", context, status=status))


def _rules(protocol: Protocol) -> list[dict[str, Any]]:
    """Return the criteria with their rules, for the script that judges the answers as they are given."""
    return [
        {"id": one.id, "text": _(one.text), "wanted": one.type == "inclusion", "rule": rule}
        for one in protocol.criteria
        if one.expression and (rule := rule_tree(one.expression))
    ]


def _asked(question: Question, sent: Mapping[str, str], wrong: Mapping[str, str]) -> Asked:
    item = question.item
    choices: tuple[tuple[str, str], ...] = ()
    if item.type == "boolean":
        choices = (("true", _("Yes")), ("false", _("No")))
    elif item.choices:
        choices = tuple((one, _(CHOICES.get(one, one))) for one in item.choices)
    return Asked(question, question.text(_language()), choices, sent.get(item.id, ""), wrong.get(item.id, ""))


# What a person calls what the forms of the clinic name by a code.
CHOICES = {
    "SSc": "Systemic sclerosis (scleroderma)",
    "DM": "Dermatomyositis",
    "JDM": "Juvenile dermatomyositis",
    "MCTD": "Mixed connective tissue disease",
    "IIM": "Another inflammatory myopathy",
    "iPPSD2": "iPPSD2",
    "PHP1A": "Pseudohypoparathyroidism type 1A",
    "other": "Another disease",
    "calcification": "Calcium deposits",
    "ossification": "Bone",
}


def _language() -> str:
    return (get_language() or "en")[:2]


def _private(response: HttpResponse) -> HttpResponse:
    """Let no cache keep the page, and no other site learn where a person was."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "same-origin"
    return response


urlpatterns = [
    path("public/<slug:study>/fit/", prescreener_page, name="prescreener"),
    path("public/<slug:study>/fit/sent/<int:number>/", sent_page, name="prescreener_sent"),
]
