"""How far the readers of a study have come and how well they agree; for those who run the study, not for readers."""

import math
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from calcitrial.protocol import Protocol, RefusedError
from calcitrial.reading import Agreement, Plan, agreement, agreement_text, bland_altman_svg, plan_of, worklist
from calcitrial.record import make_cut
from calcitrial.version import __version__
from calcitrial.web.reading import protocol_or_404
from calcitrial.web.saying import number, spoken_svg
from calcitrial.web.scoping import needs

QUANTITIES = ("mass", "volume_pv", "volume_threshold", "area", "length", "width", "depth", "volume_ellipsoid")
KINDS = ("ct", "film", "ultrasound")


@needs("manage_reads")
def agreement_page(request: HttpRequest, study: str) -> HttpResponse:
    """Show plan and progress of the blinded reads and the agreement on one quantity, as asked in the address."""
    protocol = protocol_or_404(study)
    asked, kind = request.GET.get("quantity", ""), request.GET.get("kind", "")
    quantity = asked if asked in QUANTITIES else QUANTITIES[0]
    plan = _plan(study)
    context: dict[str, Any] = {
        "study": study,
        "protocol": protocol,
        "here": "agreement",
        "plan": plan,
        "progress": _progress(study, plan) if plan else [],
        "quantities": [(name, label) for name, label in _labels(protocol) if name in QUANTITIES],
        "quantity": quantity,
        "kind": kind if kind in KINDS else "",
        "kinds": KINDS,
    }
    if plan:
        context |= _found(study, quantity, context["kind"])
    return render(request, "pages/agreement.html", context)


def _plan(study: str) -> Plan | None:
    try:
        return plan_of(study)
    except RefusedError:
        return None  # a protocol without the forms of the reads


def _progress(study: str, plan: Plan) -> list[tuple[str, int, int]]:
    """Return (reader, cases read, cases) of every reader of the plan."""
    found = []
    for reader in (*plan.readers, *([plan.third] if plan.third else [])):
        tasks = worklist(study, reader)
        found.append((reader, sum(task.state == "read" for task in tasks), len(tasks)))
    return found


def _labels(protocol: Protocol) -> list[tuple[str, str]]:
    form = protocol.form("read")
    return [(item.id, item.label) for item in form.items] if form else []


def _found(study: str, quantity: str, kind: str) -> dict[str, Any]:
    """Return numbers, text and pictures of the agreement, or the sentences that say why there are none."""
    try:
        found = agreement(make_cut(study, __version__), quantity, kind)
    except RefusedError as error:
        return {"wanting": [f"{problem.what} {problem.instead}" for problem in error.problems]}
    # Drawn by us, every text in it escaped there.
    pictures = [mark_safe(spoken_svg(bland_altman_svg(found, pair))) for pair in found.pairs]
    return {"found": found, "rows": _rows(found), "text": agreement_text(found), "pictures": pictures}


def _rows(found: Agreement) -> list[tuple[str, str, str]]:
    """Return the table's rows: what, value with its 95 % interval, meaning."""
    rows = [
        (one.name, f"{number(f'{one.value:.3f}')} ({_span(one.low, one.high, 3)})", one.meaning)
        for one in found.coefficients
    ]
    sems = [(_("read again by another reader"), found.sem_agreement)]
    sems += [] if found.sem_repeat is None else [(_("read again by the same reader"), found.sem_repeat)]
    for meaning, sem in sems:
        ratio = found.sdc_ratio(sem)
        told = _("+%(more).0f %% or −%(less).0f %%") % {"more": 100 * (ratio - 1), "less": 100 * (1 - 1 / ratio)}
        rows.append((_("Smallest detectable change"), told, meaning))
    for pair in found.pairs:
        if pair.limits is not None:
            low, high = (math.exp(one.value) for one in (pair.limits.lower_exact, pair.limits.upper_exact))
            first, second = pair.readers
            meaning = _("%(first)s over %(second)s, as a ratio") % {"first": first, "second": second}
            rows.append((_("Limits of agreement"), _span(low, high, 2), meaning))
    return rows


def _span(low: float, high: float, digits: int) -> str:
    return _("%(low)s to %(high)s") % {"low": number(f"{low:.{digits}f}"), "high": number(f"{high:.{digits}f}")}
