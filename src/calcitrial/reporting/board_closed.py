"""The closed part of the safety board's package: by arm, with the course of every serious event in words.

For the board alone. It takes its tables from the report's own sections, so that the two can never disagree.
"""

from collections.abc import Iterator

from calcitrial.documents import Block, Listing, Paragraph, Section, Table
from calcitrial.record import Cut
from calcitrial.reporting.board_open import LEFT, Row, rows
from calcitrial.safety import entered_holds
from calcitrial.safety import exposure as exposed
from calcitrial.sections import NONE, disposition, exposure, listings, safety_blocks
from calcitrial.vigilance import criteria_of


def closed_sections(cut: Cut) -> tuple[Section, ...]:
    """Return the sections of the closed part, in reading order."""
    found = (
        Section("disposition", "Disposition by arm", disposition(cut, None)),
        Section("exposure", "Exposure by arm", exposure(cut)),
        Section("events", "Adverse events by arm", safety_blocks(cut)),
        Section("serious", "Serious events with their course", tuple(_narratives(cut))),
        Section("holds", "Holds with their reasons", (_holds(cut),)),
        Section("left", "Who left early, by arm", (_left(cut),)),
        Section("listings", "Listings", listings(cut)),
    )
    return tuple(section for section in found if section.blocks)


def _narratives(cut: Cut) -> Iterator[Block]:
    judged = {(row["participant"], row["repeat"]): row for row in rows(cut, "event_assessment")}
    known = exposed(cut)
    serious = [row for row in rows(cut, "adverse_event") if row["serious"] == "true"]
    for row in serious:
        arm = known.arm_of(row["participant"], row["ae_lesion"] or "")
        yield Table(
            f"{row['participant']} {row['repeat']}: {row['term'] or '(redacted)'}",
            ("", "As entered"),
            tuple(_course(row, judged.get((row["participant"], row["repeat"])), arm)),
            2,
        )
    if not serious:
        yield Paragraph("No serious event was entered.")


def _course(row: Row, judged: Row | None, arm: str) -> Iterator[tuple[str, str]]:
    yield "Arm", arm
    yield "Grade, onset, end", ", ".join(row[name] or NONE for name in ("grade", "onset_date", "ae_end_date"))
    yield "Serious because", ", ".join(criteria_of(row)) or "no criterion entered"
    yield "Lesion, visit of the injection", ", ".join(row[name] or NONE for name in ("ae_lesion", "ae_visit"))
    yield "Reported as", f"{row['related'] or NONE} to the treatment"
    said = "not judged yet"
    if judged:
        said = f"drug {judged['causality_drug'] or NONE}, procedure {judged['causality_procedure'] or NONE}, "
        said += judged["expectedness"] or NONE
    yield "Investigator", said
    yield "Outcome", row["outcome"] or "none yet"
    yield "Course", row["narrative"] or "not entered"


def _holds(cut: Cut) -> Block:
    held = entered_holds(cut.protocol, cut.rows)
    if not held:
        return Paragraph("No hold was entered.")
    told = []
    for one in held:
        end = f"lifted on {one.lifted_on} by the {one.lifted_by}: {one.lift_reason}" if not one.in_force else "in force"
        told.append(f"{one.held or cut.study} {one.name} ({one.rule}) since {one.since}: {one.reason} {end}.")
    return Listing(tuple(told))


def _left(cut: Cut) -> Block:
    known = exposed(cut)
    early = [row for row in rows(cut, "end_of_study") if row["end_reason"] not in LEFT]
    if not early:
        return Paragraph("Nobody left early.")
    lines = tuple(
        (
            row["participant"],
            known.arms.get(row["participant"], NONE),
            *(row[name] or NONE for name in ("end_reason", "end_date")),
        )
        for row in early
    )
    return Table("Who left early", ("Participant", "Arm", "Reason", "Date"), lines, 4)
