"""A measurement as people read it: flags in words, gaps as 'not known', and points only as they should be."""

from dataclasses import replace

import pytest

from calcitrial.imaging import Lesion, Seed, measure, read_series, seed, to_text
from calcitrial.imaging.present import WORDS


def test_the_page_has_the_series_in_a_line_and_a_line_per_lesion(folder):
    series = read_series(folder)
    (lesion,) = measure(series)
    head, _blank, names, line = to_text(series, [lesion]).splitlines()
    assert head == "20 slices, calcitrial, 120 kV, kernel SIMULATED, voxels 1.00 x 1.00 x 1.50 mm"
    assert "mass mg" in names and "volume mm³" in names
    assert line.startswith("C01") and f"{lesion.mass_mg:.2f}" in line and f"{lesion.volume_mm3:.1f}" in line


def test_flags_are_words_and_what_was_not_measured_is_not_known(folder):
    series = read_series(folder)
    (lesion,) = measure(series)
    doubtful = replace(lesion, mass_mg=None, mass_se_mg=None, flags=("may_be_bone", "needs_reader"))
    text = to_text(replace(series, facts=replace(series.facts, kvp=None, manufacturer=None)), [doubtful])
    assert text.endswith("may be bone; a reader must look")
    assert "unknown maker, not known kV" in text and "not known" in text.splitlines()[3]


def test_without_lesions_the_page_says_so(folder):
    assert to_text(read_series(folder), []).endswith("No calcification was found outside bone.")


def test_every_flag_that_the_code_gives_has_words():
    told = (Lesion.__doc__ or "").split("flags: sorted; any of", 1)[1].split(".", 1)[0]
    named = {word.strip() for word in told.replace("\n", " ").replace(" or ", ",").split(",")}
    assert {name for name in named if name} <= WORDS.keys()


def test_a_point_is_read_as_it_is_written():
    assert seed({"id": "L1", "point_mm": [1, -2.5, 30]}) == Seed("L1", (1.0, -2.5, 30.0))


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"id": "", "point_mm": [1, 2, 3]},
        {"id": 7, "point_mm": [1, 2, 3]},
        {"id": "L1", "point_mm": [1, 2]},
        {"id": "L1", "point_mm": "1, 2, 3"},
        {"id": "L1", "point_mm": [1, 2, "3"]},
    ],
)
def test_a_point_that_is_none_is_refused_with_what_to_write(content):
    with pytest.raises(
        ValueError, match=r'is not usable; write \{"id": "L1", "point_mm": \[x, y, z\]\} in millimetres'
    ):
        seed(content)
