"""The pages of the pharmacist: stock, vials received, moved and counted, their labels; a monitor reads them."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from calcitrial.desk import Due
from calcitrial.people import Scope
from calcitrial.pharmacy import Ledger, Line, ledger_of, next_id, next_vial, read_vials
from calcitrial.protocol import RefusedError
from calcitrial.record import Place, now
from calcitrial.treatment_desk.drug_entry import Entering, enter_drug
from calcitrial.treatment_desk.labels import labels_of
from calcitrial.web import Reading, history_link, needs, read_for, scope_of

SOON = timedelta(days=60)
BOTH = require_http_methods(["GET", "HEAD", "POST"])


@needs("see_drug")
def stock_page(request: HttpRequest, study: str) -> HttpResponse:
    """Show the stock by site and lot, what expires soon, and what is open."""
    reading, ledger = _ledger(request, study, "see_drug")
    today = now().date()
    context = {
        "lines": [(line, _expiry(line, today)) for line in ledger.lines],
        "receipts": [(one, _history(study, "drug_receipt", one.id)) for one in ledger.consignments],
        "counts": [(one, _history(study, "drug_count", one.id)) for one in ledger.counts],
        "unaccounted": ledger.unaccounted if ledger.kept else (),
        "may_keep": scope_of(request, study).may("keep_drug"),
        "quarantine": [vial for vial in ledger.vials.values() if vial.state == "quarantined"],
    }
    return _render(request, "stock", reading, context)


def _expiry(line: Line, today: date) -> str:
    """Return 'expired', 'soon' or '' for a lot of which something is in stock."""
    if not line.in_stock or line.expiry > today + SOON:
        return ""
    return "expired" if line.expiry < today else "soon"


@needs("see_drug")
def movements_page(request: HttpRequest, study: str) -> HttpResponse:
    """List every movement of vials, the latest first, each with its history."""
    reading, ledger = _ledger(request, study, "see_drug")
    rows = [(one, _history(study, "drug_movement", one.id)) for one in reversed(ledger.movements)]
    used = [vial for vial in ledger.vials.values() if vial.draws]
    return _render(request, "movements", reading, {"rows": rows, "used": used})


@needs("keep_drug")
def receive_page(request: HttpRequest, study: str) -> HttpResponse:
    """Receive vials: their names are given as the page opens, so that a page sent twice receives once."""
    reading, ledger = _ledger(request, study, "keep_drug")
    values = {"single_use": "true", "received_on": now().date().isoformat()}
    asked = Entering("drug_receipt", _id(request, ledger, "R"), _("Receive vials"), values, hidden=("first_vial",))
    first = request.POST.get("_first") or str(next_vial(ledger))
    return enter_drug(request, reading, asked, _sites(request, reading, ledger), {"first_vial": first}, _labels)


def _labels(study: str, asked: Entering, _values: Mapping[str, object]) -> HttpResponse:
    return redirect("drug_labels", study, asked.id)


@needs("keep_drug")
def move_page(request: HttpRequest, study: str) -> HttpResponse:
    """Enter a movement of vials, named one by one, as a range, or as a whole receipt."""
    reading, ledger = _ledger(request, study, "keep_drug")
    values = {name: request.GET[name][:100] for name in ("movement", "site", "vials_moved") if name in request.GET}
    values |= {"moved_on": now().date().isoformat()}
    asked = Entering("drug_movement", _id(request, ledger, "M"), _("Move vials"), values)
    fixed: dict[str, object] = {}
    problems: tuple[Any, ...] = ()
    if request.method == "POST":
        try:
            fixed["vials_moved"] = " ".join(read_vials(ledger, request.POST.get("vials_moved", "")))
        except RefusedError as error:
            problems = tuple(type(one)("drug_movement.vials_moved", one.what, one.instead) for one in error.problems)
    return enter_drug(request, reading, asked, _sites(request, reading, ledger), fixed, _stock, problems)


@needs("keep_drug")
def count_page(request: HttpRequest, study: str) -> HttpResponse:
    """Enter what was counted of a lot; the number by the ledger is that of the moment the page opened."""
    reading, ledger = _ledger(request, study, "keep_drug")
    lots = {f"{one.site}|{one.lot}": one for one in ledger.lines}
    chosen = lots.get(request.POST.get("_lot") or request.GET.get("lot", ""))
    if chosen is None:
        return _render(request, "count", reading, {"lines": ledger.lines})
    said = request.POST.get("_said") or str(chosen.in_stock)
    values = {"site": chosen.site, "count_lot": chosen.lot, "counted_on": now().date().isoformat()}
    asked = Entering(
        "drug_count",
        _id(request, ledger, "C"),
        _("Count lot %(lot)s at %(site)s") % {"lot": chosen.lot, "site": chosen.site},
        values,
        hidden=("site", "count_lot", "ledger_said"),
        sent=(("_lot", f"{chosen.site}|{chosen.lot}"), ("_said", said)),
    )
    fixed = {"site": chosen.site, "count_lot": chosen.lot, "ledger_said": said}
    return enter_drug(request, reading, asked, [chosen.site], fixed, _stock)


@needs("keep_drug")
def explain_page(request: HttpRequest, study: str, count: str) -> HttpResponse:
    """Explain the difference at a count."""
    reading, ledger = _ledger(request, study, "keep_drug")
    found = next((one for one in ledger.counts if one.id == count), None)
    if found is None:
        raise Http404(f"There is no count {count} in {study}. Choose one from the stock page.")
    title = _("Explain count %(count)s: %(counted)s counted, %(said)s by the ledger") % {
        "count": found.id,
        "counted": found.counted,
        "said": found.said,
    }
    asked = Entering("drug_count_explanation", found.id, title, {}, at_site=found.site)
    return enter_drug(request, reading, asked, [found.site], {}, _stock)


def _stock(study: str, _asked: Entering, _values: Mapping[str, object]) -> HttpResponse:
    return redirect("drug", study)


@needs("keep_drug")
def labels_page(request: HttpRequest, study: str, receipt: str) -> HttpResponse:
    """Show the labels of a receipt, ready to print: study, vial and expiry, nothing that tells an arm."""
    reading, ledger = _ledger(request, study, "keep_drug")
    found = next((one for one in ledger.consignments if one.id == receipt), None)
    if found is None:
        raise Http404(f"There is no receipt {receipt} in {study}. Choose one from the stock page.")
    return _render(request, "labels", reading, {"receipt": found, "labels": labels_of(study, found)})


def _ledger(request: HttpRequest, study: str, capability: str) -> tuple[Reading, Ledger]:
    """Return what the person may read, and the accounts of the sites where they may do this."""
    reading = read_for(request, study)
    ledger = ledger_of(study, reading.protocol, reading.rows)
    return reading, ledger.at(scope_of(request, study).sites(capability))


def _history(study: str, form: str, name: str) -> str:
    return history_link(study, Place("", form, repeat=name))


def _id(request: HttpRequest, ledger: Ledger, letter: str) -> str:
    """Return the name of the form: the one that the page was opened with, else the next."""
    sent = request.POST.get("_id", "")
    return sent if sent[:1] == letter and sent[1:].isdecimal() and len(sent) < 8 else next_id(ledger, letter)


def _sites(request: HttpRequest, reading: Reading, ledger: Ledger) -> list[str]:
    """Return the sites at which the person keeps the drug."""
    own = scope_of(request, reading.study).sites("keep_drug")
    known = {row["site"] for row in reading.table("screening") if row["site"]}
    known |= {site.id for site in reading.protocol.sites} | {one.site for one in ledger.consignments}
    return sorted(known if own is None else own)


def _render(request: HttpRequest, name: str, reading: Reading, context: Mapping[str, Any]) -> HttpResponse:
    shared = {"study": reading.study, "protocol": reading.protocol, "here": "drug"}
    return render(request, f"treatment_desk/drug_{name}.html", shared | dict(context))


def due(reading: Reading, scope: Scope, today: date) -> list[Due]:
    """Return what waits for the pharmacist: vials that expire, await release or lie in quarantine, open counts."""
    if not scope.may("see_drug"):
        return []
    ledger = ledger_of(reading.study, reading.protocol, reading.rows).at(scope.sites("see_drug"))
    link = reverse("drug", args=[reading.study])
    found = []
    for line in ledger.lines:
        state = _expiry(line, today)
        about = _("lot %(lot)s at %(site)s") % {"lot": line.lot, "site": line.site}
        if state:
            words = _("%(number)s vials expire")
            text = words % {"number": line.in_stock}
            found.append(Due("vial", text, link, line.expiry, state == "expired", "keep_drug", about))
        if line.awaiting:
            text = _("%(number)s vials await their release")
            words = text % {"number": line.awaiting}
            found.append(Due("vial", words, link, None, False, "keep_drug", about))
    for one in ledger.counts:
        if one.open:
            text = _("A count differs from the ledger")
            found.append(Due("vial", text, link, one.on, True, "keep_drug", f"{one.id}, {one.lot}"))
    return found


urlpatterns = [
    path("<slug:study>/drug/", require_safe(stock_page), name="drug"),
    path("<slug:study>/drug/receive/", BOTH(receive_page), name="drug_receive"),
    path("<slug:study>/drug/move/", BOTH(move_page), name="drug_move"),
    path("<slug:study>/drug/count/", BOTH(count_page), name="drug_count"),
    path("<slug:study>/drug/counts/<slug:count>/", BOTH(explain_page), name="drug_explain"),
    path("<slug:study>/drug/labels/<slug:receipt>/", require_safe(labels_page), name="drug_labels"),
    path("<slug:study>/drug/movements/", require_safe(movements_page), name="drug_movements"),
]
