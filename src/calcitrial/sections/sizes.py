"""Whose sizes the endpoints rest on: in a line each, and for readers how far they have come and what still waits."""

from collections.abc import Iterable, Sequence

from calcitrial.analysis import Analysis, SizeSource
from calcitrial.documents import Block, Cell, Paragraph, Table, Value, key_of
from calcitrial.record import Cut
from calcitrial.sections.tables import rows_of

HOW = "Lesion images (a lesion at a visit) with a picture to be read, counted."


def size_blocks(cut: Cut, analyses: Sequence[Analysis]) -> tuple[Block, ...]:
    """Return whose sizes each answered endpoint took; of blinded readers the counts, and what is not finished."""
    blocks: list[Block] = []
    for one in analyses:
        if one.sizes is not None:
            blocks.append(Paragraph(f"{one.endpoint.label}. {one.sizes.told} ({one.sizes.note})"))
            if one.sizes.by == "reads":
                blocks += _of_readers(one, one.sizes)
    return (*blocks, *_scales(cut)) if blocks else ()


def _of_readers(analysis: Analysis, found: SizeSource) -> Iterable[Block]:
    base = ("endpoint", analysis.endpoint.id, "reads")
    rows: list[tuple[Value, ...]] = []
    for one in found.read_by:
        name = "nobody" if not one.readers else f"{one.readers} reader{'' if one.readers == 1 else 's'}"
        counts = {"images": one.images, "lesions": one.lesions}
        rows.append((name, *(Cell(str(n), key_of(*base, name, key), one.entries, HOW) for key, n in counts.items())))
    note = f"{found.finished} are finished; the others are missing in this analysis, never filled from elsewhere."
    header = ("Read by", "Lesion images", "Lesions")
    yield Table(f"Who read what: {analysis.endpoint.label}", header, tuple(rows), 1, note)
    if found.waiting:
        waits = tuple(
            (
                one.why.capitalize(),
                one.visit,
                ", ".join(one.lesions),
                Cell(str(len(one.lesions)), key_of(*base, "waiting", one.visit, one.why), one.entries, HOW),
            )
            for one in found.waiting
        )
        columns = ("Read not finished", "Visit", "Lesions", "Lesion images")
        yield Table(f"What waits for a reader: {analysis.endpoint.label}", columns, waits, 3)


def _scales(cut: Cut) -> Iterable[Block]:
    """Yield where the millimetres of films come from, where there are films."""
    sources = [str(row["scale_source"]) for row in rows_of(cut, "film_measurement") if row["scale_source"]]
    if sources:
        told = ", ".join(f"{name} ({sources.count(name)})" for name in sorted(set(sources)))
        yield Paragraph(f"Where the millimetres of the films come from: {told}.", "note")
