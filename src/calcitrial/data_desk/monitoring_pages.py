"""Monitoring: the figures of each site, compared with all sites, as pictures with tables beside them."""

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.safestring import mark_safe

from calcitrial.data_desk.funnel import funnel
from calcitrial.data_desk.monitoring import Figure, Measure, measures
from calcitrial.data_desk.monitoring_sites import site_lines
from calcitrial.people import Right, principals
from calcitrial.record import now
from calcitrial.web import needs, read_for, spoken_svg


@needs("see_monitoring")
def monitoring_page(request: HttpRequest, study: str) -> HttpResponse:
    """Show how the sites do: enrolment, visits, forms, queries, corrections, verification, events, patterns."""
    reading, today = read_for(request, study), now().date()
    found, held = measures(reading, today), principals(study, today)
    context = {
        "study": study,
        "protocol": reading.protocol,
        "here": "monitoring",
        "sites": [(one, _principal(held, one.name)) for one in site_lines(reading, today)],
        # Our own drawing: `funnel` escapes every text it is given.
        "measures": [
            (one, mark_safe(spoken_svg(funnel(one))), [_row(one, figure) for figure in one.figures]) for one in found
        ],
        "standing_out": [(one, figure) for one in found for figure in one.figures if figure.judged == "out"],
    }
    return render(request, "data_desk/monitoring.html", context)


def _principal(held: Mapping[str, Right], site: str) -> str:
    one = held.get(site) or held.get("")
    return one.person if one else ""


def _row(one: Measure, figure: Figure) -> dict[str, object]:
    scale = 100 if one.share else 1
    value, low, high = (scale * number for number in (figure.value, figure.low, figure.high))
    return {"figure": figure, "value": f"{value:.3g}", "low": f"{low:.3g}", "high": f"{high:.3g}"}


urlpatterns = [path("<slug:study>/monitoring/", monitoring_page, name="monitoring")]
