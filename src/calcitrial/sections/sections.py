"""The sections of the trial report, filled from protocol and cut; no section knows how it will be typeset."""

from collections.abc import Iterable, Sequence

import polars as pl

from calcitrial.analysis import Analysis, FlowStep, analysis_data, flow, shown_arms
from calcitrial.documents import Block, Listing, Paragraph, Picture, Section, Steps, Table, told_apart
from calcitrial.figures import (
    flow_picture,
    lesion_figure,
    lesion_words,
    waterfall_figure,
    waterfall_rows,
    waterfall_words,
)
from calcitrial.outcomes import measure_of
from calcitrial.protocol import Protocol
from calcitrial.record import Cut
from calcitrial.safety import holds
from calcitrial.sections.amendments import amendments
from calcitrial.sections.baseline import baseline_table
from calcitrial.sections.deviations import deviations
from calcitrial.sections.endpoints import endpoint_sections
from calcitrial.sections.lesion_list import lesion_table
from calcitrial.sections.people import body_map, disposition, exposure, swimmer_blocks
from calcitrial.sections.result import other_endpoints, result
from calcitrial.sections.safety import listings, safety_blocks
from calcitrial.sections.tables import rows_of
from calcitrial.sections.trial import sources, trial


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
        Section("result", "Primary result", tuple(result(cut, primary, refusals))),
        Section("trial", "The trial", tuple(trial(cut.protocol))),
        Section("amendments", "Amendments of the protocol", tuple(amendments(cut))),
        Section("flow", "Participant flow", tuple(_flow(cut, primary))),
        Section("disposition", "Disposition", disposition(cut, primary)),
        Section("baseline", "Baseline", (baseline_table(cut, table),)),
        Section("lesions", "Lesions", tuple(_lesions(cut, table, primary))),
        Section("places", "Where the lesions are", body_map(cut)),
        Section("exposure", "Exposure", (*swimmer_blocks(cut), *exposure(cut))),
        Section("images", "Images", tuple(pictures)),
        Section("others", "Other endpoints", tuple(other_endpoints(analyses, primary, refusals))),
        *endpoint_sections(cut, analyses),
        Section("safety", "Safety", (*safety_blocks(cut), *_held(cut))),
        Section("listings", "Listings", listings(cut)),
        Section("deviations", "Deviations and exclusions", (_deviations(cut, table),)),
        Section("sources", "Sources", (sources(cut.protocol),)),
        Section("verify", "How to verify this report", tuple(_verify(cut))),
    )
    return told_apart([section for section in found if section.blocks])


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


def _lesions(cut: Cut, table: pl.DataFrame | None, primary: Analysis | None) -> Iterable[Block]:
    if table is None or not (table["lesion"] != "").any():
        return
    endpoint = next(e for e in cut.protocol.endpoints if e.role == "primary")
    measure = measure_of(endpoint)
    name = measure.label.split(" (")[0]
    label = f"{name}, {measure.unit}"
    yield Picture(lesion_figure(table, cut.protocol, label), "svg", *lesion_words(table, cut.protocol, label))
    yield _waterfall(cut.protocol, table, name, primary)
    yield lesion_table(cut, table, measure.label)
    yield from _measured_how(cut)


def _waterfall(protocol: Protocol, table: pl.DataFrame, name: str, primary: Analysis | None) -> Picture:
    visit = next(e.visit for e in protocol.endpoints if e.role == "primary")
    rows, measured = waterfall_rows(table, visit), primary.measurement if primary else None
    sdc = measured.sdc if measured else None
    arms = " Shade and stripes tell the arms apart." if len(protocol.arms) > 1 else ""
    known = ""
    if measured and measured.sdc:
        known = f" Dashed: the smallest detectable change, a ratio of {measured.sdc:.2f} ({measured.source})."
    return Picture(
        waterfall_figure(rows, protocol, f"{name} at {visit}", sdc),
        "svg",
        waterfall_words(rows, protocol, visit),
        f"Each bar is a lesion: its change from baseline to {visit}, those left out of the analysis not drawn. "
        f"−100 %: the lesion had vanished.{arms}{known}",
    )


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


def _deviations(cut: Cut, table: pl.DataFrame | None) -> Block:
    found = deviations(cut, table)
    return Listing(found) if found else Paragraph("None was found in this cut.")


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
            (
                f"calcitrial why {cut.study} --figures --at {cut.sequence}",
                "lists the names of all figures; put one in place of primary",
            ),
        )
    )
    yield Paragraph(
        "Every figure in a table (and the large one at the top) answers the same question. It has a name, such as "
        "baseline.participants.all: on the web page it is underlined with dots, and its command is shown when one "
        "points at it or follows it; report.json holds name, text, how it was found, and the entries of each."
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
