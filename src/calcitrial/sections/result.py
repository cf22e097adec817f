"""The answer to the primary question, and to the others, each number with the entries behind it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import polars as pl

from calcitrial.analysis import Analysis
from calcitrial.documents import (
    Block,
    Cell,
    Headline,
    Listing,
    Paragraph,
    Picture,
    Table,
    Value,
    counted,
    estimate_words,
    interval_words,
    key_of,
    p_value,
    p_words,
    percent,
    rounded,
)
from calcitrial.figures import forest_figure, forest_lines
from calcitrial.models import Estimate
from calcitrial.outcomes import measure_of
from calcitrial.record import Cut
from calcitrial.sections.question import question


def result(cut: Cut, primary: Analysis | None, refusals: Sequence[str]) -> Iterable[Block]:
    """Yield the primary number with what it means, where it comes from and what must be known about it."""
    if primary is None:
        yield Paragraph("The primary endpoint cannot be answered from this cut.", "lead")
        yield Listing(tuple(refusals))
        return
    one, endpoint = primary.estimate, primary.endpoint
    yield Paragraph(f"{endpoint.label}.", "lead")
    number, interval = estimate_cells(one, key_of("endpoint", endpoint.id))
    yield Headline(number, interval, f"{one.statistic}, {one.name}")
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
        forest_figure(primary),
        "svg",
        "Estimates with intervals: " + "; ".join(_told(name, each) for name, each, _ in forest_lines(primary)) + ".",
        "Squares: the comparison at each visit, filled at the endpoint's own. Diamonds: other analyses of the same "
        "question, where there are any.",
    )
    yield _visits(primary)
    yield _analysed(primary)
    if one.messages:
        yield Paragraph("To be known when reading these numbers:")
        yield Listing(one.messages)
    yield question(endpoint)


def _told(name: str, one: Estimate) -> str:
    return f"{name} {estimate_words(one)} ({interval_words(one)})"


def estimate_cells(one: Estimate, name: str) -> tuple[Cell, Cell]:
    """Return an estimate and its interval as figures whose keys begin with `name`."""
    return (
        Cell(estimate_words(one), f"{name}.estimate", one.entries, f"{one.statistic.capitalize()}. {one.method}."),
        Cell(interval_words(one), f"{name}.interval", one.entries, f"Confidence interval. {one.method}."),
    )


def _bounds(one: Estimate, name: str) -> tuple[Cell, Cell]:
    """Return the same where the header of the column says what the interval is."""
    estimate, interval = estimate_cells(one, name)
    return estimate, replace(interval, text=f"{rounded(one.low)} to {rounded(one.high)}")


def _visits(primary: Analysis) -> Table:
    """Return the comparison at each visit with its test."""
    rows = []
    for visit, one in primary.by_visit:
        name = key_of("endpoint", primary.endpoint.id, "visit", visit)
        p = Cell(p_value(one), f"{name}.p", one.entries, f"Test of no difference. {one.method}.")
        df = Cell(f"{one.df:.1f}", f"{name}.df", one.entries, f"Degrees of freedom of that test. {one.method}.")
        rows.append((one.name, *_bounds(one, name), p, df))
    header = ("Comparison", "Estimate", "95 % interval", "p", "Degrees of freedom")
    statistic = primary.estimate.statistic
    return Table(f"The comparison at each visit ({statistic})", header, tuple(rows), 1)


def _analysed(primary: Analysis) -> Table:
    """Return what went into the model and what stayed out, each count with the rows it counts."""
    used = primary.data.filter("used")
    after = set(primary.data.filter("used")["visit"]) | {visit for visit, _ in primary.by_visit}
    out = primary.data.filter(~pl.col("used") & pl.col("visit").is_in(sorted(after)))
    there = used.filter(visit=primary.endpoint.visit)
    rows: list[tuple[Value, ...]] = []
    for words, name, data in (
        ("In the model", "model", used),
        (f"Of these at {primary.endpoint.visit}", "at_visit", there),
        ("Left out", "left_out", out),
    ):
        # Of none there are no entries; then it is all the rows that were looked at.
        counted_over = data if data.height else used
        entries = tuple(counted_over["entries"].explode().drop_nulls().unique().sort().to_list())
        counts = (
            ("participants", data["participant"].n_unique()),
            ("lesions", data.filter(pl.col("lesion") != "")["lesion"].n_unique()),
            ("measurements", data.height),
        )
        key = key_of("endpoint", primary.endpoint.id, "analysed", name)
        how = "Counted over the rows of analysis.csv after baseline whose column `used` is "
        how += "false." if name == "left_out" else "true."
        cells = [Cell(str(count), f"{key}.{what}", entries, how) for what, count in counts]
        rows.append((words, *cells))
    return Table("What was analysed after baseline", ("", "Participants", "Lesions", "Measurements"), tuple(rows))


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


def other_endpoints(analyses: Sequence[Analysis], primary: Analysis | None, refusals: Sequence[str]) -> Iterable[Block]:
    """Yield the answers to the endpoints other than the primary, and why some have none."""
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


def _other(analysis: Analysis) -> tuple[Value, ...]:
    one, endpoint = analysis.estimate, analysis.endpoint
    name = key_of("endpoint", endpoint.id)
    unit = "" if one.scale == "ratio" else f", {measure_of(endpoint).unit}"
    people = Cell(str(one.n_participants), f"{name}.participants", one.entries, "Participants in the model, counted.")
    return (
        f"{endpoint.label} ({endpoint.role})",
        one.name,
        f"{one.statistic}{unit}",
        *_bounds(one, name),
        people,
    )
