"""Pages about one participant: who asks, at which site, by which door; and what every page of screening shares."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, wraps
from pathlib import Path
from secrets import token_hex
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from calcitrial.desk import FormMarks, fields_of, summary_of
from calcitrial.identity import Looker, Vault, open_vault
from calcitrial.people import Scope, site_of
from calcitrial.protocol import Form, Problem, not_asked
from calcitrial.record import Author, Gateway, Place
from calcitrial.verbs import door as door_of
from calcitrial.web import Reading, home, needs, read_for, refused, scope_of

REFUSED = 422


@dataclass(frozen=True)
class Visitor:
    """One request about a study, or about one participant of it, by somebody who may do what the page is for."""

    request: HttpRequest
    study: str
    code: str
    capability: str

    @cached_property
    def scope(self) -> Scope:
        """Return what the person may do in the study."""
        return scope_of(self.request, self.study)

    @cached_property
    def reading(self) -> Reading:
        """Return what the person may read; Http404 with a sentence where the participant is not there for them."""
        return read_for(self.request, self.study, self.code)

    @cached_property
    def door(self) -> Gateway:
        """Return the one door of the study, under the definition that holds for the participant."""
        return door_of(self.study, self.code)

    @cached_property
    def site(self) -> str:
        """Return the site of the participant."""
        return site_of(self.reading.protocol, self.code)

    @cached_property
    def today(self) -> date:
        """Return the day of the gateway's clock."""
        return self.door.clock().date()

    @cached_property
    def vault(self) -> Vault:
        """Return the vault of this home."""
        return open_vault(home())

    @property
    def consents(self) -> Path:
        """Return the folder of the study's consent texts and sealed signatures."""
        return home() / "consents" / self.study

    def may(self, capability: str) -> bool:
        """Return whether the person may do this at the participant's site."""
        return self.scope.may(capability, self.site or None)

    def author(self, site: str | None = None) -> Author:
        """Return the person as author of what the page is for."""
        return self.scope.author(self.capability, (self.site if site is None else site) or None)

    def looker(self, why: str) -> Looker:
        """Return the person as who opens the vault, for a reason."""
        author = self.author()
        return Looker(author.name, author.role, why)

    def show(self, template: str, here: str, context: Mapping[str, Any], status: int = 200) -> HttpResponse:
        """Return a page of the study."""
        basis = {"study": self.study, "code": self.code, "protocol": self.reading.protocol, "here": here}
        return render(
            self.request, f"consent_desk/{template}", basis | {"today": self.today} | dict(context), status=status
        )

    def go(self, page: str, *more: str, anchor: str = "") -> HttpResponse:
        """Return the way to the page that shows what was done (303, so that nothing is sent twice)."""
        args = [self.study, *([self.code] if self.code else []), *more]
        return see_other(reverse(page, args=args) + anchor)


def see_other(address: str) -> HttpResponse:
    """Return a redirect after which the browser asks with GET."""
    response = HttpResponseRedirect(address)
    response.status_code = 303
    return response


Page = Callable[..., HttpResponseBase]


def study_page(capability: str) -> Callable[[Page], Page]:
    """Return a decorator: a page of the whole study for who has the capability anywhere in it."""
    return _page(capability, at_site=False)


def person_page(capability: str) -> Callable[[Page], Page]:
    """Return a decorator: a page of one participant for who has the capability at the participant's site."""
    return _page(capability, at_site=True)


def _page(capability: str, *, at_site: bool) -> Callable[[Page], Page]:
    def decorate(view: Page) -> Page:
        @needs(capability)
        @wraps(view)
        def opened(request: HttpRequest, study: str, code: str = "", **more: Any) -> HttpResponseBase:
            visitor = Visitor(request, study, code, capability)
            if at_site and visitor.reading.rows.is_empty():
                raise Http404(f"Participant {code!r} is not known in study {study}.")
            if at_site and not visitor.may(capability):
                words = capability.replace("_", " ")
                return refused(request, f"This page needs the right “{words}” at the site of {code}.")
            return view(visitor, **more)

        return opened

    return decorate


def drawn(
    visitor: Visitor,
    form: Form,
    values: Mapping[str, str],
    problems: Sequence[Problem] = (),
    place: Place | None = None,
    marks: FormMarks | None = None,
) -> dict[str, Any]:
    """Return what the template of fields needs for a form: `fields` and `summary`; with the marks of its place."""
    chosen = {item.id for item in form.items if item.type in ("choice", "boolean")}
    off = not_asked(form, {name: str(value) for name, value in values.items() if name in chosen})
    held = marks.fields if marks else {}
    fields = fields_of(
        visitor.reading.protocol, form, values, problems, not_asked=off, place=place, entered=held, marks=held
    )
    return {"fields": fields, "summary": summary_of(form, fields, problems)}


def ticket() -> str:
    """Return the number of a sheet that is sent to a browser, so that it counts once however often it comes back."""
    return token_hex(12)


def without(form: Form, *names: str) -> Form:
    """Return a form without the items that the program fills in itself."""
    return form.model_copy(update={"items": tuple(item for item in form.items if item.id not in names)})


def house_form(visitor: Visitor, name: str) -> Form:
    """Return a form that every study has."""
    form = visitor.reading.protocol.form(name)
    assert form is not None
    return form
