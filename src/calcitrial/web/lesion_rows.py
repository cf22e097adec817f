"""Lesions as the pages show them: where they lie, their mass at each visit, and how it changed."""

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from calcitrial.lesions import VIEWS, Group, Marker, outline
from calcitrial.web.reading import Reading, Row
from calcitrial.web.saying import colon, spoken

# View, place on it, body site and side of a lesion.
Point = tuple[str, float, float, str, str]
POINT = ("view", "map_x", "map_y", "body_site", "side")
# Closer than NEAR is one point; neighbours on the spiral are about APART of the view's height from each other.
NEAR, APART = 0.02, 0.042
GOLDEN = math.pi * (3 - math.sqrt(5))


@dataclass(frozen=True)
class Mass:
    """One measurement: visit, days from baseline, calibrated mass and its standard uncertainty in mg."""

    visit: str
    day: int
    mass: float
    se: float | None


@dataclass(frozen=True)
class LesionRow:
    """One lesion with its measurements in the order of the visits."""

    id: str
    participant: str
    site: str
    side: str
    view: str
    x: float
    y: float
    role: str
    arm: str
    arm_label: str
    group: Group
    masses: tuple[Mass, ...]
    baseline: Mass | None

    @property
    def number(self) -> str:
        """Return the number of the lesion within its participant, as its identity ends."""
        return self.id.rsplit("-L", 1)[-1]

    @property
    def latest(self) -> Mass | None:
        """Return the last measurement, or None."""
        return self.masses[-1] if self.masses else None

    @property
    def change(self) -> float | None:
        """Return the change of mass from baseline to the latest later measurement in percent, or None."""
        first, last = self.baseline, self.latest
        if first is None or last is None or last is first or not first.mass:
            return None
        return 100 * (last.mass / first.mass - 1)

    @property
    def change_words(self) -> str:
        """Return the change with its direction as a sign, such as '▼ −44 %'; '' when there is none."""
        if self.change is None:
            return ""
        percent = round(self.change)
        sign = "▲ +" if percent > 0 else "▼ −" if percent < 0 else ""
        return f"{sign}{abs(percent)}\u00a0%"

    @property
    def label(self) -> str:
        """Return the lesion in words of the reader's language, with its latest mass."""
        words = ", ".join(spoken(one) for one in (self.site, self.side, self.role, self.arm_label))
        mass = f"{self.latest.mass:g} mg at {self.latest.visit}" if self.latest else "not measured"
        return f"{self.id}, {words}{colon()} {spoken(mass)}"

    def marker(self, number: str, link: str = "") -> Marker:
        """Return the lesion as a marker of the body map."""
        mass = self.latest.mass if self.latest else None
        return Marker(self.id, self.view, self.x, self.y, self.label, number, mass, self.group, link)


def lesion_rows(reading: Reading) -> list[LesionRow]:
    """Return every lesion of the study or participant, by participant and number."""
    masses = _masses(reading)
    rows = [_row(reading, row, masses.get(row["lesion"], [])) for row in reading.table("lesion")]
    return sorted(rows, key=lambda lesion: (lesion.participant, len(lesion.number), lesion.number))


def _masses(reading: Reading) -> dict[str, list[Mass]]:
    planned = {visit.id: visit.day for visit in reading.protocol.visits}
    found: dict[str, list[Mass]] = {}
    for row in reading.table("ct_measurement"):
        if row["mass"] is None:
            continue
        on = reading.visit_dates.get((row["participant"], row["visit"]))
        start = reading.baseline(row["participant"])
        day = (on - start).days if on and start else planned.get(row["visit"], 0)
        se = float(row["mass_se"]) if row["mass_se"] else None
        found.setdefault(row["lesion"], []).append(Mass(row["visit"], day, float(row["mass"]), se))
    return {lesion: sorted(masses, key=lambda mass: mass.day) for lesion, masses in found.items()}


def _row(reading: Reading, row: Row, masses: Iterable[Mass]) -> LesionRow:
    arm_id = reading.arm_of(row["participant"], row["lesion"])
    arm = reading.protocol.arm(arm_id)
    first = next((visit.id for visit in reading.protocol.visits if visit.kind == "baseline"), "")
    group: Group = "other"
    if row["role"] == "control" or (arm and not arm.treated):
        group = "untreated"
    elif row["role"] == "target" and arm and arm.treated:
        group = "treated"
    # A redacted point leaves the lesion in the list and off the map.
    placed = bool(row["view"] and row["map_x"] and row["map_y"])
    return LesionRow(
        row["lesion"],
        row["participant"],
        row["body_site"] or "(redacted)",
        row["side"] or "(redacted)",
        row["view"] if placed else "",
        float(row["map_x"]) if placed else 0.0,
        float(row["map_y"]) if placed else 0.0,
        row["role"] or "(redacted)",
        arm_id,
        arm.label if arm else "no arm yet",
        group,
        tuple(masses),
        next((mass for mass in masses if mass.visit == first), None),
    )


def lesion_names(reading: Reading) -> list[tuple[str, str]]:
    """Return (participant, lesion) of every lesion, by participant and number."""
    return [(code, lesion) for code, found in reading.each("lesions", _placed).items() for lesion, _point in found]


def _placed(reading: Reading) -> dict[str, tuple[tuple[str, Point | None], ...]]:
    """Return the lesions of each participant in the order of their numbers, with where each lies on the body map."""
    points: dict[str, dict[str, str]] = {}
    owners: dict[str, list[str]] = {code: [] for code in reading.sites}
    for row in reading.table("lesion"):
        owners[row["participant"]].append(row["lesion"])
        points[row["lesion"]] = {name: row[name] for name in POINT if row[name]}
    return {
        code: tuple((one, _point(points[one])) for one in sorted(mine, key=_number)) for code, mine in owners.items()
    }


def _number(lesion: str) -> tuple[int, str]:
    return len(lesion.rsplit("-L", 1)[-1]), lesion


def _point(at: Mapping[str, str]) -> Point | None:
    if len(at) < len(POINT):
        return None
    view, x, y, site, side = (at[name] for name in POINT)
    return view, round(float(x), 2), round(float(y), 2), site, side


def crowd(reading: Reading, shown: Collection[str]) -> list[Marker]:
    """Return the lesions that are not shown, as one dot for all those at one point of the body map."""
    every = (one for found in reading.each("lesions", _placed).values() for one in found)
    met = Counter(point for lesion, point in every if point and lesion not in shown)
    return [
        Marker("", view, x, y, f"{count} more at {site}, {side}")
        for (view, x, y, site, side), count in sorted(met.items())
    ]


def views_of(lesions: Iterable[LesionRow | Marker]) -> list[str]:
    """Return the views that lesions lie on, in the order of the body map."""
    used = {lesion.view for lesion in lesions}
    return [view for view in VIEWS if view in used]


def spread(markers: Sequence[Marker]) -> list[Marker]:
    """Return markers with those at one point of a view moved apart on a spiral around the first."""
    met: Counter[tuple[str, int, int]] = Counter()
    found = []
    for marker in markers:
        point = (marker.view, round(marker.x / NEAR), round(marker.y / NEAR))
        step = met[point]
        met[point] += 1
        form = outline(marker.view)
        reach = APART * form.height * math.sqrt(step)
        x = marker.x + reach * math.cos(step * GOLDEN) / form.width
        y = marker.y + reach * math.sin(step * GOLDEN) / form.height
        found.append(replace(marker, x=min(max(x, 0.03), 0.97), y=min(max(y, 0.02), 0.98)))
    return found
