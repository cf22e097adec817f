import re

import polars as pl
import pytest

from calcitrial.analysis.endpoint import analyse
from calcitrial.reporting.figure_forest import forest_figure
from calcitrial.reporting.figures import MARKERS, PALETTE, lesion_figure, style_of


@pytest.fixture(scope="module")
def analysis(cut):
    return analyse(cut)


def test_pictures_have_the_same_bytes_every_time(cut, analysis):
    assert forest_figure(analysis) == forest_figure(analysis)
    once, again = (lesion_figure(analysis.data, cut.protocol, "Mass, mg") for _ in range(2))
    assert once == again


def test_text_stays_text_and_nothing_names_a_date_or_an_address(cut, analysis):
    picture = lesion_figure(analysis.data, cut.protocol, "Mass, mg").decode()
    for word in ("Mass, mg, log scale", "W24", "PIT-001", "8 participants, 20 lesions"):
        assert f">{word}<" in picture
    assert "<metadata" not in picture and "DOCTYPE" not in picture
    assert set(re.findall(r'https?://[^"]+', picture)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }


def test_neighbours_differ_in_colour_and_mark_and_styles_do_not_repeat_soon():
    styles = [tuple(style_of(place).values()) for place in range(len(PALETTE) * 4)]
    assert len(set(styles)) == len(styles)
    assert style_of(0)["marker"] == MARKERS[0] != style_of(1)["marker"]


def test_a_figure_of_no_lesions_can_still_be_drawn(cut, analysis):
    empty = analysis.data.filter(pl.lit(False))
    assert b"<svg" in lesion_figure(empty, cut.protocol, "Mass, mg")
