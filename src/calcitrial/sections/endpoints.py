"""What the report says around an endpoint: the question as enforced, further analyses, responders, gaps, agreement."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from calcitrial.analysis import (
    Analysis,
    Compared,
    Enforced,
    MissingData,
    Responders,
    Share,
    Supporting,
    decrease_of,
    order_of_tests,
)
from calcitrial.documents import (
    Block,
    Cell,
    Gap,
    Listing,
    Paragraph,
    Picture,
    Section,
    Table,
    Value,
    estimate_words,
    interval_words,
    rounded,
)
from calcitrial.figures import concludes, tipping_figure
from calcitrial.models import Estimate
from calcitrial.record import Cut
from calcitrial.sections.question import question
from calcitrial.sections.sizes import size_blocks

NONE = "–"
PLACES = {"primary": "Primary", "key secondary": "Key secondary", "exploratory": "Exploratory"}


def endpoint_sections(cut: Cut, analyses: Sequence[Analysis]) -> tuple[Section, ...]:
    """Return the sections that all endpoints share, in reading order.

    Args:
        cut: the data cut.
        analyses: the endpoints that could be answered.

    Returns:
        The questions as enforced, whose sizes were taken, how exactly was measured, further analyses, responders,
        missing data.
    """
    return (
        Section("questions", "The questions, as enforced", estimand_blocks(cut, analyses)),
        Section("sizes", "Whose sizes these are", size_blocks(cut, analyses)),
        Section("measuring", "Measurement agreement", measurement_blocks(analyses)),
        Section("further", "Further analyses of each endpoint", supporting_blocks(analyses)),
        Section("responders", "Responders", responder_blocks(analyses)),
        Section("missing", "Missing data", missing_blocks(analyses)),
    )


def estimand_blocks(cut: Cut, analyses: Sequence[Analysis]) -> tuple[Block, ...]:
    """Return the question of each endpoint, as written and as enforced, and the order in which they are tested.

    That of an answered primary endpoint is written beside its result.
    """
    answered = {one.endpoint.id: one for one in analyses}
    blocks: list[Block] = []
    for endpoint in cut.protocol.endpoints:
        if endpoint.id not in answered or endpoint.role != "primary":
            blocks.append(question(endpoint))
        if endpoint.id in answered:
            blocks.append(_enforced(answered[endpoint.id]))
    return (*blocks, _order(cut, answered)) if blocks else ()


def _enforced(analysis: Analysis) -> Table:
    base = f"endpoint.{analysis.endpoint.id}.estimand"
    rows = tuple(_part(f"{base}.part{place}", one) for place, one in enumerate(analysis.enforced, 1))
    header = ("Part", "As the protocol says it", "What was done", "Participants", "Lesions", "Measurements")
    note = "Counts are of whom a part concerned; a gap is said in words and not enforced."
    return Table(f"What was enforced: {analysis.endpoint.label}", header, rows, 3, note)


def _part(base: str, one: Enforced) -> tuple[Value, ...]:
    words = (one.part.capitalize(), one.text, Gap(f"Gap: {one.how}") if one.gap else one.how)
    if one.gap:
        return (*words, NONE, NONE, NONE)
    counts = {"participants": one.participants, "lesions": one.lesions, "measurements": one.rows}
    return (*words, *(Cell(str(n), f"{base}.{name}", one.entries, one.how) for name, n in counts.items()))


def _order(cut: Cut, answered: Mapping[str, Analysis]) -> Table:
    found = order_of_tests(cut.protocol, {name: one.estimate.p for name, one in answered.items()})
    rows = []
    for one in found:
        entries = answered[one.endpoint].estimate.entries if one.endpoint in answered else ()
        numbers = {"p": one.p, "adjusted_p": one.adjusted}
        cells = (_p(f"endpoint.{one.endpoint}.tested.{name}", p, entries, one.told) for name, p in numbers.items())
        rows.append((PLACES[one.place], one.label, one.told, *cells))
    plan = cut.protocol.multiplicity
    said = f"{plan.method.replace('_', ' ')}. {plan.note}" if plan else "gap: the protocol does not say how."
    header = ("Place", "Endpoint", "What may be claimed", "p", "Adjusted p")
    return Table("The order of testing", header, tuple(rows), 3, f"Key secondary endpoints: {said}")


def _p(key: str, p: float | None, entries: tuple[int, ...], how: str) -> str | Cell:
    if p is None or p != p:
        return NONE
    return Cell("< 0.0001" if p < 0.0001 else f"{p:.4f}", key, entries, how)


def supporting_blocks(analyses: Sequence[Analysis]) -> tuple[Block, ...]:
    """Return a table per endpoint of the further analyses, beside the primary one."""
    return tuple(_supporting(one) for one in analyses if one.supporting)


def _supporting(analysis: Analysis) -> Table:
    base = f"endpoint.{analysis.endpoint.id}"
    main = Supporting("main", "As the protocol asks", analysis.estimate, f"{analysis.estimate.method}.")
    rows = tuple(_further(base, one) for one in (main, *analysis.supporting))
    header = ("Analysis", "Method and assumption, or why there is none", "Estimate", "Interval", "p")
    caption = f"What the answer depends on: {analysis.endpoint.label} ({analysis.estimate.statistic})"
    return Table(caption, header, rows, 2)


def _further(base: str, one: Supporting) -> tuple[str | Cell, ...]:
    key, found = f"{base}.supporting.{one.key}", one.estimate
    if found is None:
        return (one.label, one.told, NONE, NONE, NONE)
    return (one.label, one.told, *_numbers(key, found))


def _numbers(key: str, one: Estimate) -> Iterator[str | Cell]:
    yield Cell(estimate_words(one), f"{key}.estimate", one.entries, one.method)
    yield Cell(interval_words(one), f"{key}.interval", one.entries, one.method)
    yield _p(f"{key}.p", one.p, one.entries, one.method)


def responder_blocks(analyses: Sequence[Analysis]) -> tuple[Block, ...]:
    """Return who responded, per endpoint: the threshold, the shares with their intervals, the comparison."""
    blocks: list[Block] = []
    for one in analyses:
        if one.responders is not None:
            blocks += _responders(one, one.responders)
    return tuple(blocks)


def _responders(analysis: Analysis, found: Responders) -> Iterable[Block]:
    label = analysis.endpoint.label
    if found.threshold is None:
        yield Paragraph(f"{label}. {found.told}")
        return
    yield Paragraph(f"{label}. {found.threshold.told}")
    base = f"endpoint.{analysis.endpoint.id}.responders"
    header = ("Arm", "Lesions", "Share", "Korn-Graubard", "CR2", "Wilson, effective n", "Participants with one or more")
    rows = tuple(_share(f"{base}.{share.arm}", share) for share in found.shares)
    planned = analysis.missing.planned if analysis.missing else ()
    missing = sum(one.missing for one in planned if one.visit == analysis.endpoint.visit)
    note = f"95 % intervals that know whose lesions are whose. Lesions missing at the visit, so not counted: {missing}."
    reasons = " ".join(dict.fromkeys(f"{share.arm}: {share.told}" for share in found.shares if share.told))
    yield Table(f"Responders at {analysis.endpoint.visit}", header, rows, 1, f"{note} {reasons}".strip())
    if found.compared:
        compared = tuple(_compared(base, one) for one in found.compared)
        columns = ("Comparison", "Method", "Estimate", "95 % CI", "p")
        yield Table(f"Responders compared at {analysis.endpoint.visit}", columns, compared, 2)


def _share(base: str, one: Share) -> tuple[str | Cell, ...]:
    def cell(name: str, text: str, how: str) -> Cell:
        return Cell(text, f"{base}.{name}", one.entries, how)

    people = f"{one.any_lesion} of {one.participants} ({_percent(one.any_low)} to {_percent(one.any_high)})"
    return (
        one.arm,
        cell("lesions", f"{one.events} of {one.lesions}", "Lesions that responded, of those measured."),
        NONE if one.estimate is None else cell("share", _percent(one.estimate), "Lesions that responded."),
        *(
            NONE
            if limits is None
            else cell(f"{name}_interval".replace("-", "_"), _limits(limits), f"Interval: {name}.")
            for name, limits in one.intervals.items()
        ),
        cell("participants", people, "Participants with a lesion that responded; exact interval (Clopper-Pearson)."),
    )


def _percent(share: float) -> str:
    return f"{rounded(100 * share, 0)} %"


def _limits(limits: tuple[float, float]) -> str:
    return f"{_percent(limits[0])} to {_percent(limits[1])}"


def _compared(base: str, one: Compared) -> tuple[str | Cell, ...]:
    if one.estimate is None or one.low is None or one.high is None:
        return (one.label, f"Not estimable: {one.told}", NONE, NONE, NONE)
    texts = {"estimate": rounded(one.estimate), "interval": f"{rounded(one.low)} to {rounded(one.high)}"}
    cells = (Cell(text, f"{base}.{one.key}.{name}", one.entries, one.told) for name, text in texts.items())
    return (one.label, one.told, *cells, _p(f"{base}.{one.key}.p", one.p, one.entries, one.told))


def missing_blocks(analyses: Sequence[Analysis]) -> tuple[Block, ...]:
    """Return what is missing per endpoint, arm and visit, and when the conclusion would tip, with a picture."""
    blocks: list[Block] = []
    for one in analyses:
        if one.missing is not None:
            blocks += _missing(one, one.missing)
    return tuple(blocks)


def _missing(analysis: Analysis, found: MissingData) -> Iterable[Block]:
    base, rows = f"endpoint.{analysis.endpoint.id}.missing", list[tuple[str | Cell, ...]]()
    for one in found.planned:
        counts = {"planned": one.planned, "seen": one.seen, "missing": one.missing, "not_due": one.not_due}
        key = f"{base}.{one.arm or 'all'}.{one.visit}"
        how = "Counted from the rows of the analysis; missing: planned for whom baseline is analysed, and due."
        cells = (Cell(str(count), f"{key}.{name}", one.entries, how) for name, count in counts.items())
        rows.append((one.arm or "All", one.visit, *cells))
    header = ("Arm", "Visit", "Planned", "In the model", "Missing", "Not yet due")
    yield Table(f"Missing values: {analysis.endpoint.label}", header, tuple(rows), 2)
    yield Paragraph(f"Missing values shifted by arm (delta-adjusted multiple imputation): {found.told}")
    if found.tipping is not None:
        ratio = analysis.estimate.scale == "ratio"
        tips = "; hatched or diamond: the conclusion no longer holds" if concludes(found) else ""
        caption = f"The answer when missing values are shifted{tips}."
        yield Picture(tipping_figure(found, ratio), "svg", f"Tipping points. {found.told}", caption)


def measurement_blocks(analyses: Sequence[Analysis]) -> tuple[Block, ...]:
    """Return the agreement of the readers and the smallest detectable change per endpoint, or the gap."""
    blocks: list[Block] = []
    for one in analyses:
        if one.measurement is not None:
            blocks += _measurement(one)
    return tuple(blocks)


def _measurement(analysis: Analysis) -> Iterable[Block]:
    found = analysis.measurement
    assert found is not None
    agreed = found.agreement
    if agreed is None:
        stated = f" Smallest detectable change {found.source}: a ratio of {found.sdc:.3f}." if found.sdc else ""
        yield Paragraph(f"{analysis.endpoint.label}. Gap: {found.told}{stated}")
        return
    base = f"endpoint.{analysis.endpoint.id}.measurement"

    def row(name: str, label: str, text: str, how: str) -> tuple[str | Cell, ...]:
        return (label, Cell(text, f"{base}.{name}", found.entries, how), how)

    rows = [
        row(f"icc{place}", one.name, f"{one.value:.3f} ({one.low:.3f} to {one.high:.3f})", f"{one.meaning}, 95 % CI")
        for place, one in enumerate(agreed.coefficients, 1)
    ]
    rows.append(row("sem", "SEM", f"{agreed.sem_agreement:.3f}", "standard error, log scale, another reader"))
    if agreed.sem_repeat is not None:
        rows.append(row("sem_repeat", "SEM, same reader", f"{agreed.sem_repeat:.3f}", "log scale, one reader again"))
    sdc = agreed.sdc_ratio(agreed.sem_agreement)
    text = f"{sdc:.3f} (a decrease of {decrease_of(sdc):.1f} %)"
    rows.append(row("sdc", "Smallest detectable change", text, "ratio, exp(1.96 √2 SEM), another reader"))
    how = "mean squares of the complete table" if agreed.complete else "REML variances, as readings are missing"
    caption = f"Agreement of the blinded readers: {agreed.quantity}, {analysis.endpoint.label}"
    note = f"{agreed.lesions} lesion images of {agreed.participants} participants; coefficients from {how}."
    yield Table(caption, ("Quantity", "Value", "What it is"), tuple(rows), 1, note)
    if agreed.notes:
        yield Listing(agreed.notes)
