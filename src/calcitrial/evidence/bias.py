"""Risk of bias of a report, domain by domain: a reader's judgement where its file has one, else what its words show.

The rules read only the design that the public copy prints; they are no substitute for a reader with the full paper,
and every judgement carries the words it rests on. Domains follow the questions of ROBINS-I (Sterne et al., BMJ
2016;355:i4919) in short form: comparison (confounding), selection, measurement of the outcome, completeness, reporting.
"""

from calcitrial.evidence.study import Bias, Domain, Judgement, Study

DOMAINS: tuple[Domain, ...] = ("comparison", "selection", "outcome", "completeness", "reporting")
RULE = "rule of the program"
COMPARED: dict[str, Judgement] = {
    "randomised": "low",
    "comparison": "some concerns",
    "own_control": "some concerns",
    "uncontrolled": "high",
    "case_report": "high",
}
BLINDED = ("double-blind", "blinded", "masked")


def risk_of_bias(study: Study) -> tuple[Bias, ...]:
    """Return one judgement per domain, in the order of DOMAINS."""
    judged = {one.domain: one for one in study.bias}
    return tuple(judged.get(domain) or _by_rule(study, domain) for domain in DOMAINS)


def _by_rule(study: Study, domain: Domain) -> Bias:
    judgement, basis = _read(study, domain)
    return Bias(domain=domain, judgement=judgement, basis=basis, by=RULE)


def _read(study: Study, domain: Domain) -> tuple[Judgement, str]:
    if domain == "comparison":
        return COMPARED.get(study.kind, "not shown"), study.design
    if domain == "selection":
        return _selection(study)
    if domain == "outcome":
        blinded = next((word for word in BLINDED if word in study.design), "")
        return ("low", blinded) if blinded else ("not shown", study.outcome_measure)
    if domain == "reporting" and study.is_truncated:
        return "not shown", study.truncated
    return "not shown", ""


def _selection(study: Study) -> tuple[Judgement, str]:
    if study.is_case_report:
        return "high", study.design
    if "retrospective" in study.design or "chart review" in study.design:
        return "high", study.design
    return ("some concerns", study.design) if "prospective" in study.design else ("not shown", study.design)
