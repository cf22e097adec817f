"""An analysis and a plain fit as people read them at the command line, and as machines do."""

from dataclasses import asdict
from typing import Any, Literal

from calcitrial.analysis.endpoint import Analysis
from calcitrial.models import AnalysisError, Fit

Method = Literal["kr", "kr-linear", "satterthwaite"]


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
    """Return the primary number in a sentence, the same at every visit, the model, and every warning."""
    lines = [analysis.endpoint.label, "", f"  {analysis.estimate}", ""]
    lines += [f"  {visit:<10} {estimate}" for visit, estimate in analysis.by_visit]
    lines += ["", fit_text(analysis.fit)]
    lines += [f"Note: {message}" for message in analysis.messages]
    return "\n".join(lines)


def analysis_json(analysis: Analysis) -> dict[str, Any]:
    """Return estimate, fit and endpoint as plain values; the fit's keys stand at the top level."""
    return {
        **analysis.fit.to_json(),
        "endpoint": analysis.endpoint.model_dump(mode="json"),
        "estimate": asdict(analysis.estimate),
        "by_visit": {visit: asdict(estimate) for visit, estimate in analysis.by_visit},
        "notes": list(analysis.messages),
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
