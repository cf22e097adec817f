"""The report for who is blinded: the data of all arms pooled, without a word that tells a treatment."""

from typing import Literal

from django.http import HttpRequest, HttpResponse
from django.urls import path

from calcitrial.reporting import pooled_file
from calcitrial.verbs import cut as cut_of
from calcitrial.web import REPORT_POLICY, needs, refused, scope_of

WHOLE = "The pooled report counts everybody of every site, so it is for who sees every site."


@needs("see_report")
def pooled_page(request: HttpRequest, study: str, kind: Literal["html", "pdf"]) -> HttpResponse:
    """Return the pooled report of everything known now, as a web page or PDF."""
    if scope_of(request, study).sites("see_report") is not None:
        return refused(request, WHOLE)
    cut = cut_of(study)
    types = {"html": "text/html; charset=utf-8", "pdf": "application/pdf"}
    response = HttpResponse(pooled_file(cut, kind), content_type=types[kind])
    response.headers["Content-Security-Policy"] = REPORT_POLICY
    if kind == "pdf":
        response.headers["Content-Disposition"] = f'attachment; filename="{study}-pooled-{cut.sequence}.pdf"'
    return response


urlpatterns = [
    path("<slug:study>/report/pooled/", pooled_page, {"kind": "html"}, name="report_pooled"),
    path("<slug:study>/report/pooled/pdf/", pooled_page, {"kind": "pdf"}, name="report_pooled_pdf"),
]
