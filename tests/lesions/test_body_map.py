"""The body map: sites lie inside our outlines, sides mirror, and markers say what they are."""

import math
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.path import Path as Polygon

from calcitrial.lesions.body_map import FILLS, VIEWS, Marker, draw, locate, outline, sites
from calcitrial.protocol import RefusedError

SVG = "{http://www.w3.org/2000/svg}"


def corners(path: str) -> list[tuple[float, float]]:
    """The end points of the curves of a path of M, C and Z with absolute numbers."""
    points = []
    for part in path.replace("Z", "").replace("M", "C").split("C")[1:]:
        numbers = [float(number) for number in part.split()]
        points.append((numbers[-2], numbers[-1]))
    return points


def places() -> list[tuple[str, str, str]]:
    return [
        (site.name, side, view)
        for site in sites()
        for side in (("midline",) if site.laterality == "midline" else ("left", "right"))
        for view in site.views(side)
    ]


@pytest.mark.parametrize(("site", "side", "view"), places())
def test_every_site_lies_inside_the_outline(site: str, side: str, view: str) -> None:
    form = outline(view)
    body = Polygon(corners(next(d for name, d in form.paths if name == "outline")))
    x, y = locate(site, side, view)
    if view.startswith("right"):
        x = 1 - x
    assert body.contains_point((x * form.width, y * form.height))


def test_the_left_is_where_a_reader_expects_it() -> None:
    assert locate("knee", "left", "front")[0] > 0.5 > locate("knee", "right", "front")[0]
    assert locate("buttock", "left", "back")[0] < 0.5 < locate("buttock", "right", "back")[0]
    # Palm towards the reader, fingers up: the left thumb points to the left.
    assert locate("thumb, distal phalanx", "left", "left hand")[0] < 0.2
    # From above, toes up: the great toe of the left foot is on the right.
    assert locate("great toe", "left", "left foot")[0] > 0.5


def test_left_and_right_mirror_each_other() -> None:
    for site in sites():
        for view in site.views("left") if site.laterality == "paired" else ():
            other = view.replace("left", "right")
            (x, y), (mirrored, same) = locate(site.name, "left", view), locate(site.name, "right", other)
            assert (x + mirrored, y) == (pytest.approx(1), same)


@pytest.mark.parametrize(
    ("site", "side", "view", "said"),
    [
        ("kneecap", "left", "front", "Near it: knee"),
        ("knee", "midline", "front", "knee is paired, yet its side is 'midline'. Write left or right."),
        ("sternum", "left", "front", "Write midline."),
        ("knee", "left", "back", "Views that do: front."),
        ("thumb, distal phalanx", "left", "right hand", "Views that do: left hand."),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(site: str, side: str, view: str, said: str) -> None:
    with pytest.raises(RefusedError, match=said.replace("?", r"\?")):
        locate(site, side, view)


def test_an_unknown_view_is_refused() -> None:
    with pytest.raises(RefusedError, match="no view 'left ear'"):
        draw([], "left ear")


def test_only_the_lesions_of_the_view_are_drawn() -> None:
    knee = Marker("A-L1", "front", 0.6, 0.7, "A-L1 knee, left, 20 mg", "1", 20)
    thumb = Marker("A-L2", "left hand", 0.1, 0.5, "A-L2 thumb", "2", 5)
    picture = ElementTree.fromstring(draw([knee, thumb], "front"))
    assert picture.get("aria-label") == "Front: 1 lesion"
    assert [title.text for title in picture.iter(f"{SVG}title")] == ["A-L1 knee, left, 20 mg"]


@given(st.floats(60, 100), st.floats(60, 100))
def test_area_is_proportional_to_mass(first: float, second: float) -> None:
    lesions = [
        Marker(f"A-L{n}", "front", 0.5, 0.5, "", str(n), mass, "treated") for n, mass in enumerate((first, second))
    ]
    picture = ElementTree.fromstring(draw(lesions, "front", largest=100))
    radii = sorted(float(circle.get("r", "0")) for circle in picture.iter() if circle.get("class") == "shape")
    low, high = sorted((first, second))
    assert (radii[1] / radii[0]) ** 2 == pytest.approx(high / low, rel=0.03)


def test_a_marker_is_reached_by_keyboard_and_named() -> None:
    fixed = Marker("A-L1", "back", 0.4, 0.5, "A-L1 buttock", "1", 9, "untreated")
    linked = Marker("A-L2", "back", 0.6, 0.5, "A-L2 buttock", "2", None, "other", "#A-L2")
    picture = ElementTree.fromstring(draw([fixed, linked], "back"))
    (link,) = picture.iter(f"{SVG}a")
    group = next(g for g in picture.iter(f"{SVG}g") if g.get("id") == "marker-A-L1")
    assert (link.get("href"), link.get("aria-label")) == ("#A-L2", "2: A-L2 buttock")
    assert (group.get("tabindex"), group.get("role"), group.get("aria-label")) == ("0", "img", "1: A-L1 buttock")


def test_arms_differ_in_shape_and_not_only_in_colour() -> None:
    def shape(group: str) -> tuple[str, str | None]:
        picture = ElementTree.fromstring(draw([Marker("L", "front", 0.5, 0.5, "", "1", 9, group)], "front"))
        inside = next(g for g in picture.iter(f"{SVG}g") if g.get("id") == "marker-L")
        drawn = next(part for part in inside if part.get("class") == "shape")
        return drawn.tag, (drawn.get("transform") or "")[:9]

    assert len({shape(group) for group in FILLS}) == 3


def test_white_figures_on_the_fills_are_legible() -> None:
    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return math.fsum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    # WCAG 2.2, success criterion 1.4.3.
    assert all(1.05 / (luminance(colour) + 0.05) > 4.5 for colour in FILLS.values())


def test_hostile_text_is_escaped() -> None:
    marker = Marker('"><script>', "front", 0.5, 0.5, "<script>alert(1)</script>", "<b>", 1, "treated", '"><script>')
    text = draw([marker], "front")
    assert "<script" not in text and "<b>" not in text
    ElementTree.fromstring(text)


def test_a_dot_without_number_is_quiet() -> None:
    picture = ElementTree.fromstring(draw([Marker("A", "front", 0.5, 0.5, "A", group="treated")], "front"))
    assert [dot.get("class") for dot in picture.iter(f"{SVG}circle")] == ["dot treated"]
    assert not list(picture.iter(f"{SVG}title"))


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_is_well_formed_without_lesions(view: str) -> None:
    assert ElementTree.fromstring(draw([], view)).get("aria-label", "").endswith("0 lesions")
