"""The sections of the trial report, filled from protocol and cut; no section knows how it will be typeset."""

from collections.abc import Iterable, Sequence

import polars as pl

from calcitrial.analysis import Analysis, FlowStep, analysis_data, flow, shown_arms
from calcitrial.models import Estimate
from calcitrial.outcomes import find
from calcitrial.protocol import Fact, Protocol
from calcitrial.record import Cut
from calcitrial.reporting.content import Block, Headline, Listing, Paragraph, Picture, Section, Steps, Table
from calcitrial.reporting.endpoint_sections import endpoint_sections
from calcitrial.reporting.figures import effect_figure, lesion_figure
from calcitrial.reporting.flow_picture import flow_picture
from calcitrial.reporting.people_sections import body_map, disposition, exposure, swimmer_blocks
from calcitrial.reporting.safety_sections import listings, safety_blocks
from calcitrial.reporting.tables import baseline_table, deviations, lesion_table, rows_of
from calcitrial.reporting.wording import counted, estimate_words, interval_words, p_words, percent, rounded
from calcitrial.safety import holds

STATUS_WORDS = {
    "seen": "read in the source",
    "derived": "derived from the source",
    "inferred": "inferred",
    "partial": "known in part",
    "conflict": "sources disagree",
    "assumed": "assumed by this project",
    "unspecified": "not public",
}


def sections(
    cut: Cut, analyses: Sequence[Analysis], refusals: Sequence[str], pictures: Sequence[Picture] = ()
) -> tuple[Section, ...]:
    """Return the sections in reading order.

    Args:
        cut: the data cut.
        analyses: the endpoints that could be answered, the primary one first when it is among them.
        refusals: why the others could not be answered, as sentences.
        pictures: images of lesions to be shown, if any.
    """
    primary = next((one for one in analyses if one.endpoint.role == "primary"), None)
    table = primary_table(cut, primary)
    found = (
        Section("result", "Primary result", tuple(_result(cut, primary, refusals))),
        Section("trial", "The trial", tuple(_trial(cut.protocol))),
        Section("flow", "Participant flow", tuple(_flow(cut, primary))),
        Section("disposition", "Disposition", disposition(cut, primary)),
        Section("baseline", "Baseline", (baseline_table(cut, table),)),
        Section("lesions", "Lesions", tuple(_lesions(cut, table))),
        Section("places", "Where the lesions are", body_map(cut)),
        Section("exposure", "Exposure", (*swimmer_blocks(cut), *exposure(cut))),
        Section("images", "Images", tuple(pictures)),
        Section("others", "Other endpoints", tuple(_others(analyses, primary, refusals))),
        *endpoint_sections(cut, analyses),
        Section("safety", "Safety", (*safety_blocks(cut), *_held(cut))),
        Section("listings", "Listings", listings(cut)),
        Section("deviations", "Deviations and exclusions", (_deviations(cut, table),)),
        Section("sources", "Sources", (_sources(cut.protocol),)),
        Section("verify", "How to verify this report", tuple(_verify(cut))),
    )
    return tuple(section for section in found if section.blocks)


def _held(cut: Cut) -> Iterable[Block]:
    """Yield the holds that the stopping rules ask for; the rules are proposals, and the report says so."""
    found = holds(cut)
    if not found:
        yield Paragraph("The stopping rules of the protocol (assumed by this project) ask for no hold.", "note")
        return
    yield Paragraph("Holds that the stopping rules of the protocol (assumed by this project) ask for:")
    rules = {rule.id: rule.text for rule in cut.protocol.stopping_rules}
    yield Listing(
        tuple(f"{h.lesion or h.participant or cut.study}: {rules.get(h.rule, h.rule)} ({h.reason})" for h in found)
    )


def _result(cut: Cut, primary: Analysis | None, refusals: Sequence[str]) -> Iterable[Block]:
    if primary is None:
        yield Paragraph("The primary endpoint cannot be answered from this cut.", "lead")
        yield Listing(tuple(refusals))
        return
    one, endpoint = primary.estimate, primary.endpoint
    yield Paragraph(f"{endpoint.label}.", "lead")
    yield Headline(estimate_words(one), interval_words(one), f"{one.statistic}, {one.name}")
    yield Paragraph(_in_words(one))
    yield Paragraph(
        f"Analysed: {counted(one.n_participants, 'participant')}, {counted(one.n_lesions, 'lesion')}, "
        f"{counted(one.n_rows, 'measurement')} after baseline. Left out after baseline: "
        f"{counted(one.dropped, 'measurement')}. {p_words(one)}"
    )
    there = primary.data.filter(pl.col("used"), visit=endpoint.visit)
    yield Paragraph(
        f"Measured at {endpoint.visit} itself: {counted(there['participant'].n_unique(), 'participant')}, "
        f"{counted(there['lesion'].n_unique(), 'lesion')}; the other visits inform the estimate through the model."
    )
    yield Paragraph(f"Model: {one.method}.", "note")
    yield Picture(
        effect_figure(primary),
        "svg",
        "Estimates with intervals: " + "; ".join(_told(each) for _, each in primary.by_visit) + ".",
        "The same comparison at each visit; filled: the endpoint's visit, open: the others.",
    )
    if one.messages:
        yield Paragraph("To be known when reading these numbers:")
        yield Listing(one.messages)
    yield _estimand(primary)


def _told(one: Estimate) -> str:
    return f"{one.name} {estimate_words(one)} ({interval_words(one)})"


def _in_words(one: Estimate) -> str:
    """Return the estimate as a sentence for people who do not read ratios."""
    if one.scale != "ratio":
        none = 0.0
        said = f"The estimated mean difference is {estimate_words(one)} ({one.name})."
        low, high = rounded(one.low), rounded(one.high)
    else:
        none = 1.0
        kind = "smaller" if one.estimate < 1 else "larger"
        size = f"{abs(percent(one.estimate)):.0f}\u00a0% {kind}"
        said = f"The geometric mean size is estimated as {size} ({one.name})."
        low, high = (f"{rounded(percent(bound), 0)}\u00a0%" for bound in (one.low, one.high))
    open_end = " and so do not show that there is one" if one.low <= none <= one.high else ""
    return f"{said} The data are compatible with a difference between {low} and {high}{open_end}."


def _estimand(primary: Analysis) -> Table:
    estimand = primary.endpoint.estimand
    rows = (
        ("Population", estimand.population),
        ("Unit", estimand.unit),
        ("Treatment", estimand.treatment),
        ("Variable", estimand.variable),
        ("Intercurrent events", estimand.events_in_words),
        ("Summary", estimand.summary),
        ("Status of this definition", f"{STATUS_WORDS[primary.endpoint.status]}. {primary.endpoint.note}".strip()),
    )
    return Table("The question asked (estimand, ICH E9(R1))", ("Attribute", "Definition"), rows, 2)


def _trial(protocol: Protocol) -> Iterable[Block]:
    gaps = sum(fact.status == "unspecified" for fact in protocol.facts.values())
    yield Paragraph(
        f"What the public record says about this trial, item by item. {gaps} of {len(protocol.facts)} items are "
        "not public and are shown as gaps. Numbers in brackets name the source in the list at the end."
    )
    numbers = {name: place for place, name in enumerate(protocol.sources, 1)}
    groups = (
        ("Registration items (WHO data set)", sorted((f for f in protocol.facts.values() if f.who), key=_who)),
        ("Further facts", [f for f in protocol.facts.values() if not f.who]),
        ("Dose", list(protocol.dose.values())),
        ("Lesions", list(protocol.lesions.values())),
    )
    for caption, facts in groups:
        rows = tuple(_fact(fact, numbers) for fact in facts)
        if rows:
            yield Table(caption, ("Item", "What is known", "How well", "Source"), rows, 4)
    yield _control(protocol)
    yield _schedule(protocol)


def _who(fact: Fact) -> tuple[int, ...]:
    return tuple(int(part) for part in fact.who.split("."))


def _fact(fact: Fact, numbers: dict[str, int]) -> tuple[str, str, str, str]:
    who = f" [WHO {fact.who}]" if fact.who else ""
    if fact.value is None:
        known = "not public"
    elif isinstance(fact.value, tuple):
        known = "; ".join(str(value) for value in fact.value)
    else:
        known = f"{fact.value} {fact.unit}".strip()
    how = "gap" if fact.value is None else STATUS_WORDS[fact.status]
    return f"{fact.label}{who}", known, how, _cited(fact.source, numbers)


def _cited(names: Sequence[str], numbers: dict[str, int]) -> str:
    return ", ".join(f"[{numbers[name]}]" for name in names)


def _control(protocol: Protocol) -> Paragraph:
    control = protocol.control
    chosen = next((variant for variant in control.variants if variant.id == control.chosen), None)
    reading = f" The reading chosen for this run: {chosen.label}. {chosen.note}" if chosen else ""
    return Paragraph(f"Control: {control.kind} ({STATUS_WORDS[control.status]}). {control.note}{reading}")


def _schedule(protocol: Protocol) -> Table:
    rows = tuple(
        (v.id, v.label, f"{v.day}", f"{v.window[0]} to {v.window[1]}", STATUS_WORDS[v.status]) for v in protocol.visits
    )
    return Table("Visits", ("Visit", "What happens", "Day", "Window, days", "How well known"), rows, 5)


def _flow(cut: Cut, primary: Analysis | None) -> Iterable[Block]:
    steps, arms = flow(cut, primary), shown_arms(cut.protocol)
    labels = {arm.id: arm.label for arm in arms}
    told = "; ".join(_step_words(step, labels) for step in steps)
    yield Picture(flow_picture(steps, arms), "svg", f"Participant flow. {told}.", "Flow of participants and lesions.")


def _step_words(step: FlowStep, labels: dict[str, str]) -> str:
    arm = f"{labels[step.arm]}, " if step.arm else ""
    reasons = f" ({'; '.join(str(reason) for reason in step.reasons)})" if step.reasons else ""
    return f"{arm}{step.label}: participants {step.participants}, lesions {step.lesions}{reasons}"


def primary_table(cut: Cut, primary: Analysis | None) -> pl.DataFrame | None:
    """Return the outcome table of the primary endpoint, also when its model cannot be fitted yet."""
    if primary is not None:
        return primary.data
    wanted = [endpoint for endpoint in cut.protocol.endpoints if endpoint.role == "primary"]
    return analysis_data(cut, wanted[0]) if wanted else None


def _lesions(cut: Cut, table: pl.DataFrame | None) -> Iterable[Block]:
    if table is None or not (table["lesion"] != "").any():
        return
    measure = find(next(e.outcome for e in cut.protocol.endpoints if e.role == "primary"))
    label = f"{measure.label.split(' (')[0]}, {measure.unit}"
    arms = " and ".join(arm.label for arm in shown_arms(cut.protocol))
    yield Picture(
        lesion_figure(table, cut.protocol, label),
        "svg",
        f"{measure.label} of each lesion over the visits on a logarithmic axis, for {arms}; the numbers are in "
        "the table of lesions below.",
        "Each line is a lesion; colour, mark and line style name the participant. Thick: geometric mean of the "
        "lesions measured at every visit. Open mark: a lesion that had vanished, at the value that stands for 0.",
    )
    yield lesion_table(cut, table, measure.label)
    yield from _measured_how(cut)


def _measured_how(cut: Cut) -> Iterable[Block]:
    """Yield what the sizes depend on besides the images, with every value that occurs, and what is assumed."""
    rows = rows_of(cut, "ct_measurement")
    named = (
        ("software", "", "software"),
        ("kvp", " kV", "tube voltage"),
        ("kernel", "", "kernel"),
        ("slice_thickness", " mm", "slices of"),
        ("threshold", " HU", "threshold"),
        ("calibration", " mg hydroxyapatite per cm3 per HU", "calibration"),
    )
    told = []
    for item, unit, words in named:
        values = sorted({str(row[item]) for row in rows if row[item]})
        if values:
            told.append(f"{words} {', '.join(values)}{unit}")
    if told:
        yield Paragraph(f"How CT was measured: {'; '.join(told)}.", "note")
    sources = sorted({str(row["calibration_source"]) for row in rows if row["calibration_source"]})
    if sources:
        text = (
            f"The calibration is a common factor of every mass and cancels in ratios. Its source: {'; '.join(sources)}."
        )
        yield Paragraph(text, "note")


def _others(analyses: Sequence[Analysis], primary: Analysis | None, refusals: Sequence[str]) -> Iterable[Block]:
    others = [analysis for analysis in analyses if analysis is not primary]
    if others:
        header = ("Endpoint", "Comparison", "Statistic", "Estimate", "95 % interval", "Participants")
        rows = tuple(_other(analysis) for analysis in others)
        note = "Not adjusted for their number: these endpoints support the primary one and prove nothing alone."
        yield Table("Endpoints other than the primary", header, rows, 3, note)
    notes = tuple(f"{a.endpoint.label}: {message}" for a in others for message in a.estimate.messages)
    if notes:
        yield Listing(notes)
    if refusals and primary is not None:  # without a primary result they stand in its place
        yield Paragraph("Not answered from this cut:")
        yield Listing(tuple(refusals))


def _other(analysis: Analysis) -> tuple[str, ...]:
    one, endpoint = analysis.estimate, analysis.endpoint
    unit = "" if one.scale == "ratio" else f", {find(endpoint.outcome).unit}"
    told = (estimate_words(one), interval_words(one), str(one.n_participants))
    return (f"{endpoint.label} ({endpoint.role})", one.name, f"{one.statistic}{unit}", *told)


def _deviations(cut: Cut, table: pl.DataFrame | None) -> Block:
    found = deviations(cut, table)
    return Listing(found) if found else Paragraph("None was found in this cut.")


def _sources(protocol: Protocol) -> Block:
    rows = tuple(
        (f"[{place}]", source.title, source.url or source.note)
        for place, source in enumerate(protocol.sources.values(), 1)
    )
    if not rows:
        return Paragraph("The protocol names no source.")
    return Table("Sources of the facts about the trial", ("No.", "Source", "Where"), rows, 3)


def _verify(cut: Cut) -> Iterable[Block]:
    yield Paragraph(
        "Every number here comes from the entries of one data cut, and the same cut gives the same report, byte "
        "for byte. Whoever has the record can check that nothing in it was altered, make the cut again and "
        "compare its digest with the one below, write the report again, and walk from a number back to the "
        "entries behind it."
    )
    yield Steps(
        (
            (f"calcitrial verify {cut.study}", "replays the record and names the first altered entry, if any"),
            (f"calcitrial report {cut.study} --at {cut.sequence}", "writes this report again from the same cut"),
            (
                f"calcitrial why {cut.study} primary --at {cut.sequence}",
                "walks from the primary number to entries, people and images",
            ),
        )
    )
    rows = tuple((name, value) for name, value in fingerprint(cut))
    yield Table("Fingerprint of the data cut", ("Part", "Value"), rows, 2)


def fingerprint(cut: Cut) -> tuple[tuple[str, str], ...]:
    """Return what identifies the cut, as (name, value) pairs."""
    return (
        ("Study", cut.study),
        ("Submission", str(cut.sequence)),
        ("Head of the chain", cut.head),
        ("Digest of the cut", cut.digest),
        ("Definition", cut.definition),
        ("Code version", cut.code_version),
    )
