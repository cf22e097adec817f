"""How the definition changed while the study ran, and what was therefore not asked of everybody."""

from collections.abc import Iterable, Iterator

from calcitrial.documents import Block, Cell, Gap, Listing, Paragraph, Table, Value
from calcitrial.protocol import Form, differences
from calcitrial.record import Cut, EnteredUnder, entered_under, protocol_of

LOUD = "This amendment changed what the trial sets out to answer:"


def amendments(cut: Cut) -> Iterator[Block]:
    """Yield the amendments of a study up to a cut with their dates, and what was not asked before; [] without any."""
    rows = sorted(cut.table("amendment").iter_rows(named=True), key=lambda row: int(row["repeat"]))
    if not rows:
        return
    yield Paragraph(
        "The definition was amended while the study ran. This report is made under the newest one; what was entered "
        "earlier stays as it was entered."
    )
    told = tuple(
        (
            Cell(row["repeat"], f"amendment.{row['repeat']}", tuple(row["entries"]), "An amendment as it was entered."),
            row["amended_on"] or Gap(),
            row["amended_version"] or Gap(),
            row["amendment_reason"] or Gap("redacted"),
            row["amendment_approval"] or Gap("none named"),
        )
        for row in rows
    )
    yield Table("Amendments", ("No.", "Date", "Version", "Reason", "Approval"), told, 5)
    for row in rows:
        yield from _loud(cut, row["repeat"], row["amended_from"], row["amended_to"])
    yield from _not_asked(cut)


def _loud(cut: Cut, number: str, before: str, after: str) -> Iterator[Block]:
    found = differences(protocol_of(cut.study, before), protocol_of(cut.study, after))
    if loud := tuple(one.text for one in found if one.loud):
        yield Paragraph(f"Amendment {number}. {LOUD}", "gap")
        yield Listing(loud)


def _not_asked(cut: Cut) -> Iterator[Block]:
    """Yield how often an item has no value because it was not asked yet when its form was entered."""
    under = entered_under(cut.study)
    lines = tuple(line for form in cut.protocol.forms for line in _newer(cut, form, under)) if under else ()
    if lines:
        yield Table("Not asked before an amendment", ("Form", "Item", "Forms entered before it was asked"), lines, 3)


def _newer(cut: Cut, form: Form, under: EnteredUnder) -> Iterable[tuple[Value, ...]]:
    counts = dict.fromkeys((item.id for item in form.items), 0)
    for row in cut.table(form.id).iter_rows(named=True):
        then = protocol_of(cut.study, under.definition(min(row["entries"]))).form(form.id) if row["entries"] else None
        known = {item.id for item in then.items} if then else set()
        for name in counts:
            if row["entries"] and row[name] is None and name not in known:
                counts[name] += 1
    for item in form.items:
        if counts[item.id]:
            yield form.label, item.label, f"{counts[item.id]}"
