"""Two readings of a lesion, and a third where they differ: what counts as a difference, and which value stands.

The rule, in full. Two readings agree when both say absent, both say not assessable, or both measured and the
larger value exceeds the smaller by at most the plan's limit. Then the geometric mean stands (the mean on the log
scale, on which errors of size are even). Otherwise a third reader, who sees neither value, reads the case. With
three readings the outcome of the majority stands, the third reader's where all three differ; of three measured
values the median stands, of two their geometric mean. Limit and rule are set before the first read.

Two readers and a third where they differ is the usual design of blinded independent central review (Ford et al., J
Clin Trials 2016;6(5): 42 % of 23,476 cases went to a third); deciding by the vote of three is the "2 + 1" rule of
Gottlieb and Hussain, BMC Med Imaging 2015;15:6. The median is our extension of a vote to sizes: no published rule
for calcifications was found.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

import polars as pl

from calcitrial.protocol import Protocol
from calcitrial.reading.case import Kind
from calcitrial.reading.plan import Plan, the_plan
from calcitrial.record import Cut, tabulate

Outcome = Literal["measured", "absent", "not assessable"]
SIZES = ("mass", "volume_threshold", "volume_pv", "volume_ellipsoid", "area", "length", "width", "depth")
QUANTITIES = ("mass", "mass_se", *SIZES[1:])
# By which quantity two readings are compared: the first that both have.
COMPARED: dict[Kind, tuple[str, ...]] = {
    "ct": ("mass", "volume_pv", "volume_threshold", "area", "length"),
    "film": ("area", "length"),
    "ultrasound": ("volume_ellipsoid", "area", "length"),
}
Rule = Literal["two agree", "majority of three", "third reader", "waits for the third reader", "open"]
LesionImage = tuple[str, str, str, Kind]


@dataclass(frozen=True)
class Reading:
    """One reader's answer on one lesion of one case.

    `image` is (participant, visit, lesion, kind); `second` marks a hidden repeat; `values` are those of
    QUANTITIES that were given, in the units of the form; `entry` is the first entry of the answer.
    """

    image: LesionImage
    reader: str
    second: bool
    task: str
    outcome: Outcome
    values: Mapping[str, float]
    entry: int


@dataclass(frozen=True)
class Reference:
    """What the readers arrived at for one lesion image: outcome and value, and by which rule.

    The value is None unless it was measured, and by everybody whose reading stands.
    """

    image: LesionImage
    outcome: Outcome | None
    value: float | None
    rule: Rule
    readings: tuple[Reading, ...]


def readings_of(protocol: Protocol, rows: pl.DataFrame) -> tuple[Reading, ...]:
    """Return every answer in these long rows; an answer whose outcome was redacted is left out."""
    table = tabulate(protocol, rows, "read")
    return tuple(_reading(row) for row in table.iter_rows(named=True) if row["read_outcome"] and row["image_kind"])


def repeat_key(reader: str, kind: Kind, second: bool) -> str:
    """Return the repeat key of an answer: the reader's code, the kind unless CT, and -2 for a hidden repeat."""
    return reader + ("" if kind == "ct" else f"/{kind}") + ("-2" if second else "")


def _reading(row: Mapping[str, str | None]) -> Reading:
    kind, given = row["image_kind"], row["repeat"] or ""
    code = given.removesuffix("-2")
    return Reading(
        image=(row["participant"], row["visit"], row["lesion"], kind),  # type: ignore[arg-type]
        reader=code.split("/")[0],
        second=given != code,
        task=row["task"] or "",
        outcome=row["read_outcome"],  # type: ignore[arg-type]
        values={name: float(value) for name in QUANTITIES if (value := row[name]) is not None},
        entry=min(row["entries"], default=0),  # type: ignore[arg-type]
    )


def percent_difference(first: float, second: float) -> float:
    """Return by how many percent the larger of two sizes exceeds the smaller; infinite when one is zero."""
    low, high = sorted((first, second))
    return 100 * (high / low - 1) if low > 0 else (math.inf if high > 0 else 0.0)


def differ(one: Reading, other: Reading, limit_percent: float) -> bool:
    """Return whether two readings of one lesion image differ beyond the limit, in outcome or in size."""
    if one.outcome != other.outcome:
        return True
    if one.outcome != "measured":
        return False
    common = next((name for name in COMPARED[one.image[3]] if name in one.values and name in other.values), "")
    return not common or percent_difference(one.values[common], other.values[common]) > limit_percent


def by_image(readings: Sequence[Reading]) -> dict[LesionImage, dict[str, Reading]]:
    """Return the first readings by lesion image, then by reader."""
    found: dict[LesionImage, dict[str, Reading]] = {}
    for reading in readings:
        if not reading.second:
            found.setdefault(reading.image, {})[reading.reader] = reading
    return found


def disputed(plan: Plan, readings: Sequence[Reading]) -> frozenset[LesionImage]:
    """Return the lesion images that both readers have read, and on which they differ beyond the limit."""
    pairs = {image: [mine[r] for r in plan.readers if r in mine] for image, mine in by_image(readings).items()}
    limit = plan.limit_percent
    return frozenset(i for i, pair in pairs.items() if len(pair) == 2 and differ(pair[0], pair[1], limit))


def references(cut: Cut, quantity: str = "mass") -> tuple[Reference, ...]:
    """Return the value that stands for every lesion image that both readers have read, in the cut's order.

    Raises RefusedError when the study has no reading plan.
    """
    plan = the_plan(cut.protocol, cut.rows).plan
    found = by_image(readings_of(cut.protocol, cut.rows))
    both = [image for image, mine in found.items() if set(plan.readers) <= set(mine)]
    return tuple(reference(plan, image, found[image], quantity) for image in sorted(both))


def reference(plan: Plan, image: LesionImage, mine: Mapping[str, Reading], quantity: str) -> Reference:
    """Return what stands for one lesion image, given the first readings of both readers and perhaps the third."""
    pair = tuple(mine[reader] for reader in plan.readers)
    if not differ(pair[0], pair[1], plan.limit_percent):
        return Reference(image, pair[0].outcome, _middle(pair, quantity), "two agree", pair)
    if plan.third not in mine:
        return Reference(image, None, None, "waits for the third reader" if plan.third else "open", pair)
    three = (*pair, mine[plan.third])
    outcome, votes = Counter(one.outcome for one in three).most_common(1)[0]
    rule: Rule = "majority of three" if votes > 1 else "third reader"
    standing = tuple(one for one in three if one.outcome == outcome) if votes > 1 else three[-1:]
    return Reference(image, standing[0].outcome, _middle(standing, quantity), rule, three)


def _middle(standing: Sequence[Reading], quantity: str) -> float | None:
    """Return the geometric mean of one or two measured values, the median of three.

    None where one of them lacks the quantity: the value of one reader is not what two arrived at.
    """
    values = [one.values[quantity] for one in standing if one.outcome == "measured" and quantity in one.values]
    if len(values) < len(standing):
        return None
    if len(values) < 3:
        return math.exp(sum(map(math.log, values)) / len(values)) if values and min(values) > 0 else None
    return median(values)
