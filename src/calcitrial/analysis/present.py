"""An analysis and a plain fit as people read them at the command line, and as machines do."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from calcitrial.analysis.endpoint import Analysis
from calcitrial.analysis.measurement import Measurement
from calcitrial.analysis.missing import MissingData
from calcitrial.analysis.responders import Responders
from calcitrial.analysis.size_source import SizeSource
from calcitrial.models import AnalysisError, Fit, Method
from calcitrial.reading import agreement_json


def method_named(name: str, ml: bool = False) -> Method:
    """Return the method of degrees of freedom; AnalysisError for a name that is none.

    Left out, it is Kenward-Roger, or Satterthwaite for maximum likelihood, where Kenward-Roger is not defined.
    """
    if name == "kr" or (not name and not ml):
        return "kr"
    if name == "kr-linear":
        return "kr-linear"
    if name in ("", "satterthwaite"):
        return "satterthwaite"
    raise AnalysisError(f"There is no method {name!r}; write kr, kr-linear or satterthwaite.")


def analysis_text(analysis: Analysis) -> str:
    """Return the primary number in a sentence, the same at every visit, further analyses, the model, every warning."""
    lines = [analysis.endpoint.label, "", f"  {analysis.estimate}", ""]
    lines += [f"  {visit:<10} {estimate}" for visit, estimate in analysis.by_visit]
    if analysis.sizes is not None:
        lines += [*_size_lines(analysis.sizes)]
    lines += ["", "Further analyses", *(f"  {one.label}: {one.estimate or one.told}" for one in analysis.supporting)]
    if analysis.responders is not None:
        lines += ["", "Responders", *(f"  {line}" for line in _responder_lines(analysis.responders))]
    if analysis.missing is not None:
        lines += ["", f"Missing: {analysis.missing.missing} planned values. {analysis.missing.told}"]
    lines += ["", fit_text(analysis.fit)]
    lines += [f"Note: {message}" for message in analysis.messages]
    return "\n".join(lines)


def _size_lines(found: SizeSource) -> Iterator[str]:
    yield ""
    yield found.told
    if found.read_by:
        read = ", ".join(f"{one.images} by {one.readers}" for one in found.read_by)
        yield f"  Lesion images read: {read} readers; {found.finished} finished."
    for one in found.waiting:
        yield f"  Read not finished at {one.visit}, {one.why}: {', '.join(one.lesions)}."


def _responder_lines(found: Responders) -> Iterator[str]:
    if found.threshold is None:
        yield found.told
        return
    yield found.threshold.told
    for share in found.shares:
        interval = share.intervals.get("korn-graubard")
        told = f"95% CI {interval[0]:.3f} to {interval[1]:.3f}, Korn-Graubard" if interval else share.told
        yield f"{share.arm}: {share.events} of {share.lesions} lesions ({told})"
    for one in found.compared:
        number = (
            "" if one.estimate is None else f"{one.estimate:.3f} ({one.low:.3f} to {one.high:.3f}; p = {one.p:.4f}). "
        )
        yield f"{one.label}: {number}{one.told}"


def analysis_json(analysis: Analysis) -> dict[str, Any]:
    """Return everything said about an endpoint as plain values; the fit's keys stand at the top level."""
    return {
        **analysis.fit.to_json(),
        "messages": list(analysis.messages),
        "endpoint": analysis.endpoint.model_dump(mode="json"),
        "estimate": asdict(analysis.estimate),
        "by_visit": {visit: asdict(estimate) for visit, estimate in analysis.by_visit},
        "notes": list(analysis.messages),
        "estimand": {
            **analysis.endpoint.estimand.model_dump(mode="json"),
            "enforced": [asdict(one) for one in analysis.enforced],
        },
        "supporting": [asdict(one) for one in analysis.supporting],
        "measurement": None if analysis.measurement is None else _measurement_json(analysis.measurement),
        "responders": None if analysis.responders is None else asdict(analysis.responders),
        "missing": None if analysis.missing is None else _missing_json(analysis.missing),
        "sizes": None if analysis.sizes is None else asdict(analysis.sizes),
    }


def _measurement_json(found: Measurement) -> dict[str, Any]:
    agreed = None if found.agreement is None else agreement_json(found.agreement)
    return {"sdc_ratio": found.sdc, "source": found.source, "told": found.told, "agreement": agreed}


def _missing_json(found: MissingData) -> dict[str, Any]:
    surface = found.tipping
    points = [] if surface is None else [{"shifts": dict(p.deltas), **asdict(p.pooled)} for p in surface.points]
    tipped = [] if surface is None else [dict(point.deltas) for point in surface.tipped]
    return {
        "planned": [asdict(one) for one in found.planned],
        "missing": found.missing,
        "tipping": {"told": found.told, "points": points, "tipped": tipped},
    }


def fit_text(fit: Fit) -> str:
    """Return the coefficients as a table, the variances, and what the fit has to say about itself."""
    head = f"{'term':<28}{'estimate':>11}{'se':>10}{'df':>9}{'t':>9}{'p':>10}{'low':>11}{'high':>11}"
    lines = [fit.formula, "", head]
    for c in fit.coefficients:
        lines.append(
            f"{c.term:<28}{c.estimate:>11.4f}{c.se:>10.4f}{c.df:>9.2f}{c.statistic:>9.3f}"
            f"{c.p:>10.4g}{c.low:>11.4f}{c.high:>11.4f}"
        )
    lines.append("")
    lines.append("Variances: " + ", ".join(f"{name} {value:.5f}" for name, value in fit.variances.items()))
    if fit.residual:
        pairs = ", ".join(f"{pair} {value:.3f}" for pair, value in fit.residual.correlations.items())
        lines.append(f"Correlations of {fit.residual.residual.label}: {pairs}")
    groups = ", ".join(f"{count} {name}" for name, count in fit.groups.items())
    lines.append(f"log-likelihood {fit.loglik:.4f}; {fit.n} rows, {groups}; {fit.dropped} rows dropped.")
    return "\n".join([*lines, *fit.messages])
