"""The style sheet: text is legible in light and dark, and nothing is loaded from elsewhere."""

import re
from pathlib import Path

import pytest

import calcitrial.web

STATIC = Path(calcitrial.web.__file__).parent / "static"
CSS = (STATIC / "pages.css").read_text("utf-8")
ON_PAPER = ("ink", "quiet", "accent", "orange", "good")
PAIRS = [(text, back) for text in ON_PAPER for back in ("paper", "card")]
PAIRS += [("quiet", "soft"), ("ink", "soft"), ("orange", "orange-soft"), ("good", "good-soft"), ("ink", "accent-soft")]
PAIRS += [("accent", "accent-soft"), ("card", "accent"), ("ink", "orange-soft"), ("quiet", "orange-soft")]


def colours(dark: bool) -> dict[str, str]:
    blocks = re.findall(r":root \{([^}]*)\}", CSS)
    found = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6})", blocks[0]))
    return found | dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6})", blocks[1])) if dark else found


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(c * 2 for c in colour[1:])
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "back"), PAIRS)
def test_contrast_is_at_least_four_and_a_half(text: str, back: str, dark: bool) -> None:
    # WCAG 2.2, success criterion 1.4.3, level AA.
    low, high = sorted(luminance(colours(dark)[name]) for name in (text, back))
    assert (high + 0.05) / (low + 0.05) >= 4.5


def test_nothing_is_loaded_from_elsewhere() -> None:
    for file in (path for path in STATIC.rglob("*") if path.is_file()):
        found = re.findall(r"https?://[^\s\"')]+", file.read_text("utf-8"))
        assert set(found) <= {"http://www.w3.org/2000/svg"}, file.name
    assert "@import" not in CSS and "url(" not in CSS


ROOM = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6})", (STATIC / "viewer" / "reading.css").read_text("utf-8")))


@pytest.mark.parametrize("text", ["ink", "quiet", "accent", "warm"])
@pytest.mark.parametrize("back", ["paper", "card", "soft"])
def test_the_dark_room_is_legible_too(text: str, back: str) -> None:
    low, high = sorted(luminance(ROOM[name]) for name in (text, back))
    assert (high + 0.05) / (low + 0.05) >= 4.5


def test_scripts_stay_small_and_build_no_markup_from_text() -> None:
    for file in STATIC.rglob("*.js"):
        text = file.read_text("utf-8")
        lines = [line.strip() for line in text.splitlines()]
        assert sum(1 for line in lines if line and not line.startswith(("//", "*", "/**"))) <= 150, file.name
        assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(|new Function", text), file.name


def test_there_is_a_print_style() -> None:
    assert "@media print" in CSS
