"""Lesions as things with one identity, from the body map to the last table."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from calcitrial.lesions.body_map import locate
from calcitrial.lesions.listing import number_of
from calcitrial.protocol import Problem, RefusedError, refuse
from calcitrial.record import Author, Draft, Gateway, Place, current_rows, tabulate


@dataclass(frozen=True)
class LesionPlace:
    """Where a lesion lies: body site and side, and its point on a view of the body map (fractions 0 to 1)."""

    body_site: str
    side: str
    view: str
    map_x: float
    map_y: float


def lesion_problems(gateway: Gateway, draft: Draft) -> list[Problem]:
    """Return why a lesion cannot stand where a form puts it: the body map has no such site, side or view."""
    values = draft.values
    if draft.place.form != "lesion" or "body_site" not in values:
        return []
    try:
        locate(str(values["body_site"]), str(values.get("side", "")), str(values.get("view", "")))
    except RefusedError as error:
        return [Problem(f"{draft.place}.{problem.place}", problem.what, problem.instead) for problem in error.problems]
    return []


def add_lesion(
    gateway: Gateway,
    participant: str,
    place: LesionPlace,
    by: Author,
    *,
    role: str = "target",
    kind: str = "calcification",
    image_point_mm: tuple[float, float, float] | None = None,
) -> str:
    """Put a lesion on the body map and return its identity, such as 'PIT-001-L2'.

    `image_point_mm` is a point inside it on the baseline CT, in DICOM patient coordinates. Raises
    RefusedError for an unknown participant or an inadmissible value.
    """
    lesion = next_lesion(participant, lesions_of(gateway, participant))
    values: dict[str, object] = {**vars(place), "role": role, "kind": kind}
    if image_point_mm is not None:
        values |= {f"image_{axis}": f"{value:.2f}" for axis, value in zip("xyz", image_point_mm, strict=True)}
    draft = Draft(Place(participant, "lesion", lesion=lesion), values)
    refuse(lesion_problems(gateway, draft))
    gateway.enter([draft], by)
    return lesion


def next_lesion(participant: str, there: Iterable[str]) -> str:
    """Return the identity of a participant's next lesion, given those that are there."""
    return f"{participant}-L{max(map(number_of, there), default=0) + 1}"


def lesions_of(gateway: Gateway, participant: str) -> dict[str, Mapping[str, str | None]]:
    """Return the lesions of a participant: the items of the lesion form by lesion identity."""
    table = tabulate(gateway.protocol, current_rows(gateway.study, participant), "lesion")
    return {row["lesion"]: row for row in table.iter_rows(named=True)}


def image_point(lesion: Mapping[str, str | None]) -> tuple[float, float, float] | None:
    """Return the point of a lesion on its baseline CT in millimetres, or None when nobody marked it."""
    values = [lesion[f"image_{axis}"] for axis in "xyz"]
    if any(value is None for value in values):
        return None
    x, y, z = (float(str(value)) for value in values)
    return x, y, z
