"""The sections Safety and Listings: adverse events by kind, term and grade, their rates, and each of them.

Every figure is a `Cell` with the entries that it was counted from. What is not known is said under the table.
"""

from collections.abc import Callable, Iterable, Sequence

from calcitrial.analysis import (
    Count,
    CountLine,
    Event,
    EventRate,
    Ratio,
    SafetyAnalysis,
    SafetyGroup,
    safety_analysis,
)
from calcitrial.documents import Block, Cell, Listing, Paragraph, Table, counted
from calcitrial.models import Proportion
from calcitrial.record import Cut
from calcitrial.sections.tables import NONE, number

Row = tuple[str | Cell, ...]
BY_LESION = ("at_lesion", "injection_site")  # these tell lesions beside people and events


def safety_blocks(cut: Cut) -> tuple[Block, ...]:
    """Return what the section Safety says before the holds: denominators, counts, rates, lesions, terms, grades."""
    found = safety_analysis(cut)
    blocks: list[Block] = [_lead(found), _denominators(found), _kinds(found), _rates(found)]
    blocks += [*_ratios(found), *_per_lesion(found)]
    blocks += [_terms(found), _grades(found)] if found.terms else []
    blocks += [Paragraph("What is not known, and what is not counted:"), Listing(found.gaps)] if found.gaps else []
    return tuple(blocks)


def _lead(found: SafetyAnalysis) -> Paragraph:
    """Say how many events there were; with none, how many could still be expected."""
    total, groups = found.kinds[0].counts[-1], found.groups
    if total is not None and total.events:
        split = (
            " Lesions have arms: an event at a lesion is counted in its arm, and what happened to the person in none."
            if found.by_lesion
            else ""
        )
        return Paragraph(f"All adverse events of enrolled participants, whether injected or not.{split}")
    if total is None or total.share is None:
        return Paragraph("Nobody is enrolled yet, so that there is nothing to count.")
    return Paragraph(
        f"No adverse event was entered. With {groups[-1].participants} participants this is compatible with events in "
        f"up to {_percent(total.share.high)} % of people (exact upper limit)."
    )


def _headed(found: SafetyAnalysis, first: str, each: str = "") -> tuple[str, ...]:
    return (first, *(f"{group.label} (n = {group.participants}){each}" for group in found.groups))


def _denominators(found: SafetyAnalysis) -> Table:
    told: tuple[tuple[str, str, Callable[[SafetyGroup], str]], ...] = (
        ("participants", "Enrolled participants", lambda group: str(group.participants)),
        ("participants_injected", "Participants injected", lambda group: str(group.participants_injected)),
        ("lesions", "Lesions", lambda group: str(group.lesions)),
        ("lesions_injected", "Lesions injected", lambda group: str(group.lesions_injected)),
        ("injections", "Injections", lambda group: str(group.injections)),
        ("person_years", "Person-years", lambda group: f"{group.person_years:.2f}"),
    )
    rows: tuple[Row, ...] = tuple(
        (label, *(Cell(text(group), f"safety.{key}.{group.id}", group.entries, label) for group in found.groups))
        for key, label, text in told
    )
    note = "Person-years run from enrolment to the last visit."
    return Table("What adverse events are counted against", _headed(found, ""), rows, 1, note)


def _kinds(found: SafetyAnalysis) -> Table:
    rows = tuple(_count_row(f"safety.{line.key}", line, found.groups) for line in found.kinds)
    note = (
        "Participants with at least one, of the participants of the column (%) [95 % exact interval, Clopper-Pearson]; "
        "after the semicolon the events, and the lesions that they were at. Grades are CTCAE v5.0. An event at an "
        "injected lesion counts from the first injection of that lesion on, and also when its onset has no date. An "
        "event of special interest without a grade is taken as the worst."
    )
    return Table("Adverse events by kind", _headed(found, "Events"), rows, 1, note)


def _terms(found: SafetyAnalysis) -> Table:
    rows = tuple(_count_row(f"safety.term.{line.key}", line, found.groups) for line in found.terms)
    note = "As above, by term; a participant with several terms is in several lines."
    return Table("Adverse events by term (CTCAE v5.0)", _headed(found, "Term"), rows, 1, note)


def _count_row(key: str, line: CountLine, groups: Sequence[SafetyGroup]) -> Row:
    cells: list[str | Cell] = []
    for one, group in zip(line.counts, groups, strict=True):
        if one is None:
            cells.append("not by lesion")
            continue
        how = f"{line.label}: participants with at least one, of safety.participants.{group.id}"
        cells.append(Cell(_count_text(one, line.key), f"{key}.{group.id}", one.entries, how))
    return (line.label, *cells)


def _count_text(one: Count, kind: str) -> str:
    if one.share is None:
        return NONE
    lesions = f" ({counted(one.lesions, 'lesion')})" if kind in BY_LESION else ""
    events = f"; {one.events}{lesions}" if one.events else ""
    return f"{_share_text(one.share)}{events}"


def _share_text(share: Proportion) -> str:
    limits = f"{_percent(share.low)} to {_percent(share.high)}"
    return f"{share.events}/{share.n} ({_percent(share.estimate)} %) [{limits}]"


def _percent(share: float) -> str:
    return f"{100 * share:.0f}"


def _grades(found: SafetyAnalysis) -> Table:
    labels = {group.id: group.label for group in found.groups}
    rows: list[Row] = []
    for line in found.grades:
        places = [(str(grade), one) for grade, one in enumerate(line.grades, 1)]
        cells = [
            Cell(
                str(one.participants),
                f"safety.grade.{line.key}.{line.group}.{name}",
                one.entries,
                f"Participants whose worst {line.label} had this grade",
            )
            for name, one in (*places, ("none", line.ungraded), ("any", line.total))
        ]
        rows.append((line.label, labels[line.group], *cells))
    header = ("Term", "Group", *(f"Grade {grade}" for grade in range(1, 6)), "No grade", "Any")
    note = "Participants by their worst grade of the term; a group without the term has no line."
    return Table("Worst grade by term", header, tuple(rows), 2, note)


def _rates(found: SafetyAnalysis) -> Table:
    by_line: dict[tuple[str, str], list[EventRate]] = {}
    for rate in found.rates:
        by_line.setdefault((rate.unit, rate.label), []).append(rate)
    rows = []
    for (unit, label), rates in by_line.items():
        per = f"per {rates[0].per:g} {unit}" if rates[0].per != 1 else f"per {unit.removesuffix('s')}"
        rows.append((f"{label}, {per}", *(_rate_cell(rate) for rate in rates)))
    crowded = any(rate.model == "negative binomial" for rate in found.rates)
    note = (
        "Events by exposure [95 % interval]: exact Poisson"
        + ("; marked nb: negative binomial, because the events crowd in some people" if crowded else "")
        + f". {NONE}: no exposure."
    )
    return Table("Rates of adverse events", _headed(found, "Events"), tuple(rows), 1, note)


def _rate_cell(rate: EventRate) -> str | Cell:
    key = f"safety.rate.{'injection' if rate.unit == 'injections' else 'year'}.{rate.kind}.{rate.group}"
    if rate.estimate is None or rate.low is None or rate.high is None:
        return NONE
    mark = " nb" if rate.model == "negative binomial" else ""
    text = f"{number(rate.estimate)} [{number(rate.low)} to {number(rate.high)}]{mark}"
    how = f"{rate.events} events in {rate.exposure:.2f} {rate.unit}. {rate.told}"
    return Cell(text, key, rate.entries, how)


def _ratios(found: SafetyAnalysis) -> Iterable[Block]:
    if not found.ratios:
        if sum(group.kind == "arm" for group in found.groups) > 2:
            yield Paragraph("A ratio of rates is given where there are two arms; here there are more.", "note")
        return
    labels = {group.id: group.label for group in found.groups}
    first = found.ratios[0]
    rows = tuple(_ratio_row(ratio) for ratio in found.ratios)
    caption = f"Ratio of rates: {labels[first.of]} over {labels[first.over]}"
    note = (
        "Lesions of the same people are compared, per lesion-year, so that who is prone to events does not matter; "
        "it is supposed that one event of a person does not bring on the next."
        if found.by_lesion
        else "Per person-year. Where events crowd in some people, the exact interval is too short: read the other one."
    )
    yield Table(caption, ("Events", "Method", "Ratio", "95 % interval", "p"), rows, 2, note)
    yield Listing(tuple(f"{ratio.label}, {ratio.method}: {ratio.told}" for ratio in found.ratios))


def _ratio_row(ratio: Ratio) -> Row:
    if ratio.estimate is None or ratio.low is None or ratio.high is None or ratio.p is None:
        return (ratio.label, ratio.method, "not estimable", NONE, NONE)
    key = f"safety.ratio.{ratio.kind}.{ratio.method.split()[0]}"
    how = f"{ratio.of} over {ratio.over}, {ratio.method}"
    interval = f"{number(ratio.low)} to {_limit(ratio.high)}"
    told = ((_limit(ratio.estimate), "ratio"), (interval, "interval"), (f"{ratio.p:.4f}", "p"))
    return (ratio.label, ratio.method, *(Cell(text, f"{key}.{name}", ratio.entries, how) for text, name in told))


def _limit(value: float) -> str:
    return "no limit" if value == float("inf") else number(value)


def _per_lesion(found: SafetyAnalysis) -> Iterable[Block]:
    if not found.per_lesion:
        return
    labels = {group.id: group.label for group in found.groups}
    rows = []
    for one in found.per_lesion:
        key = f"safety.injection_site.{one.group}"
        each = number(one.events / one.lesions_injected) if one.events else "0"
        share = NONE
        if one.share is not None:
            limits = f"{_percent(one.share.low)} to {_percent(one.share.high)}"
            share = f"{_percent(one.share.estimate)} % [{limits}]"
        told = (
            (str(one.lesions_injected), "lesions_injected"),
            (str(one.events), "events"),
            (each, "events_per_lesion"),
            (f"{one.lesions_with}", "lesions_with"),
            (share, "share"),
        )
        cells = (Cell(text, f"{key}.{name}", one.entries, one.told) if text != NONE else NONE for text, name in told)
        rows.append((labels[one.group], *cells))
    header = (
        "Group",
        "Lesions injected",
        "Events",
        "Events per lesion",
        "Lesions with one",
        "Share of lesions [95 %]",
    )
    note = "From the first injection of the lesion on. The interval knows that lesions of one person are alike."
    yield Table("Events at injected lesions", header, tuple(rows), 1, note)
    yield Listing(tuple(f"{labels[one.group]}: {one.told}" for one in found.per_lesion))


def listings(cut: Cut) -> tuple[Block, ...]:
    """Return the listing of every adverse event, of people not enrolled too, and of everybody who left early."""
    found = safety_analysis(cut)
    left = _left(cut)
    if not found.events:
        return left
    seen: set[str] = set()
    rows = tuple(_listed(event, seen) for event in found.events)
    words = ("Participant or lesion", "Term", "Arm", "Serious", "Related", "Outcome")
    note = (
        "Day: days since enrolment. After injection: days since the last injection on or before the onset, of the "
        f"lesion when one is named, else of the person. not given: the record does not say; {NONE}: no such day."
    )
    header = (*words, "Grade", "Onset", "Day", "After injection")
    return (Table("Every adverse event", header, rows, len(words), note), *left)


def _left(cut: Cut) -> tuple[Block, ...]:
    """Return everybody whose study ended before its end, with the reason and the date."""
    if cut.protocol.form("end_of_study") is None:
        return ()
    rows: list[Row] = []
    for row in cut.table("end_of_study").iter_rows(named=True):
        who, entries = row["participant"], tuple(row["entries"])
        if row["end_reason"] not in ("completed", "screen failure"):
            date = Cell(row["end_date"], f"listing.{who}.end_date", entries, f"{who}: end of study")
            rows.append((who, row["end_reason"] or "not given", date if row["end_date"] else "not given"))
    header = ("Participant", "Reason", "Date")
    return (Table("Everybody who left before the end of the study", header, tuple(rows), 2),) if rows else ()


def _listed(event: Event, seen: set[str]) -> Row:
    key = _fresh(f"listing.{event.participant}.{event.name}", seen)
    where = event.lesion if event.lesion.startswith(event.participant) else f"{event.participant} {event.lesion}"
    numbers = (
        (None if event.grade is None else str(event.grade), "grade", "not given"),
        (None if event.onset is None else event.onset.isoformat(), "onset", "not given"),
        (None if event.day is None else str(event.day), "day", NONE),
        (None if event.since is None else str(event.since), "since_injection", NONE),
    )
    how = f"{event.participant} {event.name}"
    return (
        where.strip(),
        f"{event.term}{f' ({event.special})' if event.special else ''}",
        event.arm if event.enrolled else "not enrolled",
        {True: "yes", False: "no", None: "not given"}[event.serious],
        event.related or "not given",
        event.outcome or "not given",
        *(Cell(text, f"{key}.{name}", event.entries, how) if text else other for text, name, other in numbers),
    )


def _fresh(key: str, seen: set[str]) -> str:
    """Return the key with what a key may not hold replaced, and unlike all seen before."""
    stem = fresh = "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in key)
    place = 2
    while fresh in seen:
        fresh, place = f"{stem}_{place}", place + 1
    seen.add(fresh)
    return fresh
