"""The sections on people: disposition, exposure, where the lesions are, and the swimmer figure.

Every figure in a table is a `Cell` with the entries that it was counted from. What is not known is said under it.
"""

from collections.abc import Iterable, Sequence

from calcitrial.analysis import (
    Analysis,
    ArmExposure,
    Exposed,
    Exposures,
    FlowStep,
    Given,
    Spread,
    exposures,
    flow,
    safety_analysis,
    shown_arms,
)
from calcitrial.documents import Block, Cell, Listing, Paragraph, Picture, Table
from calcitrial.figures import Lane, body_picture, pages, shown, spots, swimmer, swimmer_picture
from calcitrial.record import Cut
from calcitrial.sections.tables import NONE

EVERYBODY = "all"
GENERAL = {"received": "Treated as allocated", "not_received": "Not treated as allocated"}
Row = tuple[str | Cell, ...]


def disposition(cut: Cut, primary: Analysis | None) -> tuple[Block, ...]:
    """Return the flow as tables: participants and lesions at each step, of everybody and in every arm, with reasons."""
    steps = flow(cut, primary)
    labels = {"": "Everybody", **{arm.id: arm.label for arm in shown_arms(cut.protocol)}}
    parts = (
        ("Disposition of everybody", [step for step in steps if not step.arm]),
        ("Disposition by arm", [step for step in steps if step.arm]),
    )
    tables = [_disposition(caption, own, labels) for caption, own in parts if own]
    if cut.protocol.form("intercurrent_event") is not None:
        return tuple(tables)
    gap = "No form of this protocol records that a lesion was excised or extruded, so that such lesions cannot be told."
    return (*tables, Paragraph(gap, "note"))


def _disposition(caption: str, steps: Sequence[FlowStep], labels: dict[str, str]) -> Table:
    arms = list(dict.fromkeys(step.arm for step in steps))
    header = ["Step"]
    for arm in arms:
        header += ["Participants", "Lesions"] if len(arms) == 1 else [f"{labels[arm]}: participants", "Lesions"]
    several = len({step.label for step in steps if step.kind == "received"}) > 1
    named = [(step.kind, step.visit, GENERAL.get(step.kind, step.label) if several else step.label) for step in steps]
    rows: list[Row] = []
    for kind, visit, label in dict.fromkeys(named):
        here = {step.arm: step for step in steps if (step.kind, step.visit) == (kind, visit)}
        rows += _step_rows(f"Seen at {visit}: {label}" if visit else label, here, arms)
    return Table(caption, tuple(header), tuple(rows))


def _step_rows(label: str, here: dict[str, FlowStep], arms: Sequence[str]) -> Iterable[Row]:
    row: list[str | Cell] = [label]
    for arm in arms:
        step = here.get(arm)
        row += [NONE, NONE] if step is None else _both(step)
    yield tuple(row)
    if any(step.measured is not None for step in here.values()):
        yield ("– measured on CT", *(cell for arm in arms for cell in (NONE, _measured(here.get(arm)))))
    for text in dict.fromkeys(reason.text for step in here.values() for reason in step.reasons):
        yield (f"– {text}", *(cell for arm in arms for cell in _reason(here.get(arm), text)))
    for step in here.values():
        for note in step.notes:
            name, _, value = note.partition(": ")
            cell = Cell(value, f"{_key(step)}.lesions_each", step.lesion_entries, note)
            yield (f"– {name}", NONE, cell, *([NONE] * (2 * len(arms) - 2)))


def _key(step: FlowStep) -> str:
    return ".".join(part for part in ("flow", step.kind, step.visit, step.arm or EVERYBODY) if part)


def _both(step: FlowStep) -> list[str | Cell]:
    return [
        Cell(str(step.participants), f"{_key(step)}.participants", step.people_entries, f"{step.label}: participants"),
        Cell(str(step.lesions), f"{_key(step)}.lesions", step.lesion_entries, f"{step.label}: lesions"),
    ]


def _measured(step: FlowStep | None) -> str | Cell:
    if step is None or step.measured is None:
        return NONE
    return Cell(str(step.measured), f"{_key(step)}.on_ct", step.measured_entries, f"{step.label}: lesions on CT")


def _reason(step: FlowStep | None, text: str) -> tuple[str | Cell, str | Cell]:
    found = [(place, one) for place, one in enumerate(step.reasons, 1) if one.text == text] if step else []
    if step is None or not found:
        return NONE, NONE
    place, one = found[0]
    key = f"{_key(step)}.reason{place}"
    counts = ((one.participants, "participants"), (one.lesions, "lesions"))
    people, lesions = (Cell(str(n), f"{key}.{name}", one.entries, text) if n else NONE for n, name in counts)
    return people, lesions


def swimmer_blocks(cut: Cut) -> Iterable[Block]:
    """Yield the swimmer figure, a picture per page of lanes, with what it does not show."""
    found = swimmer(cut, safety_analysis(cut))
    lanes, left_out = shown(found.lanes)
    days = [day for lane in lanes for day in (lane.followed, lane.end or 0, *(day for day, _ in lane.events))]
    parts = pages(lanes)
    for place, page in enumerate(parts, 1):
        which = f"Part {place} of {len(parts)}: {page[0].participant} to {page[-1].participant}. " if parts[1:] else ""
        caption = f"{which}Follow-up, injections and adverse events of each participant, the longest followed first."
        if place == len(parts):
            caption = " ".join([caption, left_out, *found.notes]).replace("  ", " ")
        yield Picture(swimmer_picture(page, min(days), max(days)), "svg", _alt(page), caption.strip())


def _alt(lanes: Sequence[Lane]) -> str:
    left = sum(lane.reason not in ("", "completed") for lane in lanes)
    return (
        f"Swimmer figure. Participants {len(lanes)}, followed for {min(lane.followed for lane in lanes)} to "
        f"{max(lane.followed for lane in lanes)} days; sessions of injections {sum(len(n.injections) for n in lanes)}; "
        f"adverse events with a date {sum(len(lane.events) for lane in lanes)}, of grade 3 or more "
        f"{sum((event.grade or 0) >= 3 for lane in lanes for _, event in lane.events)}; "
        f"left early {left}; died {sum(lane.died for lane in lanes)}. The numbers are in the tables."
    )


def exposure(cut: Cut) -> tuple[Block, ...]:
    """Return what was injected: totals and medians by arm, by visit, per participant and per lesion; what was not."""
    if cut.protocol.form("injection") is None:
        return ()
    found = exposures(cut)
    visits = [visit for visit, *_ in found.groups[-1].by_visit]
    blocks: list[Block] = [_totals(found)]
    if visits:
        blocks.append(_by_visit(found, visits))
    blocks += _withheld(found)
    injected = [one for one in found.participants if one.given.injections or one.not_given]
    lesions = [one for one in found.lesions if one.given.injections or one.not_given]
    if lesions:
        blocks.append(_each(found, injected, visits, "participant"))
        blocks.append(_each(found, lesions, visits, "lesion"))
    blocks += [Paragraph("What is not known of the exposure:"), Listing(found.gaps)] if found.gaps else []
    return tuple(blocks)


def _totals(found: Exposures) -> Table:
    volume, mass = found.units.volume or "no unit", found.units.mass
    header = ("", *(f"{arm.group.label} (n = {len(arm.group.participants)})" for arm in found.groups))
    rows: list[Row] = [
        ("Participants injected", *(_count(arm, "participants", arm.injected_participants) for arm in found.groups)),
        ("Lesions injected", *(_count(arm, "lesions", arm.injected_lesions) for arm in found.groups)),
    ]
    quantities = [("injections", "Injections"), ("sessions", "Sessions"), ("volume", f"Volume, {volume}")]
    quantities += [("mass", f"Sodium thiosulfate, {mass}")] if mass else []
    for key, label in quantities:
        rows.append((f"{label}: total", *(_total(arm, key) for arm in found.groups)))
        for unit, spreads in (("participant", "per_participant"), ("lesion", "per_lesion")):
            own = [getattr(arm, spreads).get(key) for arm in found.groups]
            if own[0] is not None:
                cells = (_spread(arm, f"{key}.{spreads}", one) for arm, one in zip(found.groups, own, strict=True))
                rows.append((f"{label}: per injected {unit}, median (range)", *cells))
    note = (
        "A session is a visit at which a person had at least one injection. Volume and concentration as entered; the "
        "drug is their product. An injection that was refused at the door of the record left no entry."
    )
    return Table("Exposure", header, tuple(rows), 1, note)


def _count(arm: ArmExposure, key: str, value: int) -> Cell:
    return Cell(str(value), f"exposure.{key}.{arm.group.id}", arm.given.entries or arm.group.entries, "injected")


def _total(arm: ArmExposure, key: str) -> Cell:
    text = _amount(arm.given, key)
    return Cell(text, f"exposure.{key}.total.{arm.group.id}", arm.given.entries or arm.group.entries, f"sum of {key}")


def _spread(arm: ArmExposure, key: str, one: Spread) -> str | Cell:
    if one.median is None or one.low is None or one.high is None:
        return NONE
    left_out = f"; incomplete, left out: {one.left_out}" if one.left_out else ""
    text = f"{_plain(one.median)} ({_plain(one.low)} to {_plain(one.high)}){left_out}"
    return Cell(text, f"exposure.{key}.{arm.group.id}", arm.given.entries, f"median and range over {one.n}")


def _amount(given: Given, key: str) -> str:
    """Return a total; 'at least' where a part of it is not known, 'not known' where no part is."""
    unknown = getattr(given, f"without_{key}", 0)
    if unknown and unknown == given.injections:
        return "not known"
    return f"{'at least ' if unknown else ''}{_plain(getattr(given, key))}"


def _plain(value: float) -> str:
    """Return a number with at most two decimals and no zeros after the last digit that counts."""
    text = f"{value:.2f}"
    return text.rstrip("0").rstrip(".")


def _by_visit(found: Exposures, visits: Sequence[str]) -> Table:
    volume, mass = found.units.volume, found.units.mass
    rows: list[Row] = []
    for visit in visits:
        there = [(arm, one) for arm in found.groups for one in arm.by_visit if one[0] == visit]
        # With one arm injected, the total says nothing new.
        for arm, (_, given, people, lesions) in there[: -1 if len(there) == 2 else None]:
            told = [(str(people), "participants"), (str(lesions), "lesions"), (str(given.injections), "injections")]
            told += [(_amount(given, "volume"), "volume"), (_amount(given, "mass") if mass else NONE, "mass")]
            key = f"exposure.visit.{visit}.{arm.group.id}"
            cells = (_figure(text, f"{key}.{name}", given, f"{name} at {visit}") for text, name in told)
            rows.append((visit, arm.group.label, *cells))
    header = ("Visit", "Group", "Participants", "Lesions", "Injections", f"Volume, {volume}", f"Drug, {mass or NONE}")
    return Table("Exposure by visit", header, tuple(rows), 2)


def _figure(text: str, key: str, given: Given, how: str) -> str | Cell:
    return Cell(text, key, given.entries, how) if any(letter.isdigit() for letter in text) else text


def _withheld(found: Exposures) -> Iterable[Block]:
    total = found.groups[-1]
    rows: tuple[Row, ...] = tuple(
        (
            one.reason,
            *(
                Cell(str(count), f"exposure.not_given.{place}.{name}", one.entries, one.reason)
                for count, name in (
                    (one.injections, "injections"),
                    (one.lesions, "lesions"),
                    (one.participants, "participants"),
                )
            ),
        )
        for place, one in enumerate(total.withheld, 1)
    )
    if rows:
        yield Table("Injections not given", ("Reason", "Injections", "Lesions", "Participants"), rows)
    else:
        yield Paragraph("No injection was entered as not given.", "note")


def _each(found: Exposures, own: Sequence[Exposed], visits: Sequence[str], unit: str) -> Table:
    volume, mass = found.units.volume, found.units.mass
    each = f"{volume} ({mass})" if mass else volume
    rows = tuple(_one(one, visits, unit, bool(mass)) for one in own)
    names = ("Participant",) if unit == "participant" else ("Lesion", "Arm")
    sessions = ("Sessions",) if unit == "participant" else ()
    header = (*names, *sessions, "Injections", "Not given", f"Volume, {volume}", f"Drug, {mass or NONE}")
    note = f"At a visit: {each}. Those without a line on the injection form are left out."
    return Table(f"Exposure per {unit}", (*header, *visits), rows, len(names), note)


def _one(one: Exposed, visits: Sequence[str], unit: str, with_mass: bool) -> Row:
    given, name = one.given, one.lesion or one.participant
    start = (name, one.arm or NONE) if unit == "lesion" else (name,)
    key = f"exposure.{unit}.{name}"
    told = [(str(given.sessions), "sessions")] if unit == "participant" else []
    told += [(str(given.injections), "injections"), (str(one.not_given), "not_given")]
    told += [(_amount(given, "volume"), "volume"), (_amount(given, "mass") if with_mass else NONE, "mass")]
    cells = [_figure(text, f"{key}.{what}", given, f"{name}: {what}") for text, what in told]
    there = dict(one.by_visit)
    for visit in visits:
        at = there.get(visit)
        text = NONE if at is None else _amount(at, "volume") + (f" ({_amount(at, 'mass')})" if with_mass else "")
        cells.append(NONE if at is None else _figure(text, f"{key}.{visit}", at, f"{name} at {visit}"))
    return (*start, *cells)


def body_map(cut: Cut) -> tuple[Block, ...]:
    """Return the body map of the enrolled with the number of lesions at each place, and the same as a table."""
    found = spots(cut)
    if not found:
        return ()
    lost = sum(spot.lesions for spot in found if not spot.view)
    told = "; ".join(f"{spot.side} {spot.site} {spot.lesions}" for spot in found)
    unplaced = f" Lesions without a place on the map: {lost}." if lost else " Every lesion has a place on the map."
    picture = Picture(
        body_picture([spot for spot in found if spot.view]),
        "svg",
        f"Body map, front, back and hands, with the number of lesions at each place: {told}.{unplaced}",
        f"Lesions of enrolled participants by place; the number is written in the circle.{unplaced}",
    )
    rows: list[Row] = []
    for place, spot in enumerate(found, 1):
        how = f"{spot.side} {spot.site}"
        counts = ((spot.lesions, "lesions"), (spot.participants, "participants"))
        cells = (Cell(str(count), f"lesions.place{place}.{name}", spot.entries, how) for count, name in counts)
        rows.append((spot.site, spot.side, spot.view or "not placed", *cells))
    header = ("Body site", "Side", "View", "Lesions", "Participants")
    return (picture, Table("Lesions by place", header, tuple(rows), 3))
