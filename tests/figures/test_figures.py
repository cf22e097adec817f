import re
from dataclasses import replace
from itertools import pairwise

import polars as pl
import pytest
from matplotlib.colors import to_rgb

from calcitrial.analysis.endpoint import Supporting, analyse
from calcitrial.figures.forest import forest_figure, forest_lines
from calcitrial.figures.lesions import MARKERS, NAMED, PALETTE, lesion_figure, lesion_words, style_of
from calcitrial.figures.waterfall import SHADES, STRIPES, waterfall_figure, waterfall_rows, waterfall_words


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


def texts(picture: bytes) -> list[str]:
    return re.findall(r">([^<>\n]+)</text>", picture.decode())


def test_a_crowd_is_grey_with_quartiles_and_without_names(cut, analysis):
    copies = [
        analysis.data.with_columns(pl.format("{}-{}", pl.lit(n), pl.col(c)).alias(c) for c in ("participant", "lesion"))
        for n in range(4)
    ]
    crowd = pl.concat(copies)
    assert crowd["participant"].n_unique() > NAMED
    picture = lesion_figure(crowd, cut.protocol, "Mass, mg")
    assert not any("PIT" in word for word in texts(picture)) and "32 participants, 80 lesions" in texts(picture)
    assert not any(colour.lower() in picture.decode() for colour in PALETTE[:-1])
    _, caption = lesion_words(crowd, cut.protocol, "Mass, mg")
    assert "quartiles" in caption and "colour" not in caption
    assert "colour" in lesion_words(analysis.data, cut.protocol, "Mass, mg")[1]


def test_the_alternative_of_the_lesions_tells_the_means_that_are_drawn(cut, analysis):
    alt, _ = lesion_words(analysis.data, cut.protocol, "Mass, mg")
    rows = analysis.data.filter((pl.col("excluded") == "") & pl.col("log_size").is_not_null())
    whole = rows.filter(pl.len().over("lesion") == 3)
    mean = whole.filter(visit="W24")["log_size"].mean()
    assert f"{whole['lesion'].n_unique()} lesions measured at every visit" in alt
    assert f"{2.718281828459045**mean:.3g} at W24" in alt
    assert "no lesion" in lesion_words(rows.clear(), cut.protocol, "Mass, mg")[0]


def test_the_waterfall_orders_lesions_by_their_change_and_leaves_out_the_excluded(cut, analysis):
    rows = waterfall_rows(analysis.data, "W24")
    assert rows["change"].to_list() == sorted(rows["change"], reverse=True)
    one = rows.filter(lesion="PIT-001-L1")["change"][0]
    sizes = {r["visit"]: r["value"] for r in analysis.data.filter(lesion="PIT-001-L1").iter_rows(named=True)}
    assert one == pytest.approx(100 * (sizes["W24"] / sizes["BL"] - 1))
    assert rows.filter(lesion="PIT-005-L1")["change"].to_list() == [-100]
    assert "PIT-003-L2" not in waterfall_rows(analysis.data, "W12")["lesion"]


def test_the_waterfall_says_what_it_shows(cut, analysis):
    rows = waterfall_rows(analysis.data, "W12")
    words = waterfall_words(rows, cut.protocol, "W12")
    smaller = sum(change < 0 for change in rows["change"])
    assert f"{smaller} of {rows.height} lesions smaller than at baseline" in words
    assert f"median change {rows['change'].median():+.0f} %".replace("-", "−") in words
    assert "no lesion" in waterfall_words(rows.clear(), cut.protocol, "W12")


def test_the_waterfall_draws_each_arm_in_its_own_way_and_the_detectable_change(two_arms):
    data = analyse(two_arms).data
    rows = waterfall_rows(data, "W12")
    picture = waterfall_figure(rows, two_arms.protocol, "Mass")
    assert picture == waterfall_figure(rows, two_arms.protocol, "Mass")
    assert {"STS", "CTL"} == set(rows["arm"]) and "Intralesional sodium thiosulfate" in texts(picture)
    assert all(shade in picture.decode() for shade in SHADES[:2])
    assert picture.count(b"stroke-dasharray") == 0
    lined = waterfall_figure(rows, two_arms.protocol, "Mass", 1.25)
    assert lined.count(b"stroke-dasharray") == 2
    assert set(rows["lesion"]) <= set(texts(picture))
    assert b"<svg" in waterfall_figure(rows.clear(), two_arms.protocol, "Mass")


def test_great_growth_is_cut_off_with_its_number(two_arms):
    rows = pl.DataFrame({"lesion": ["a", "b"], "arm": ["STS", "CTL"], "change": [900.0, -20.0]})
    assert "+900" in texts(waterfall_figure(rows, two_arms.protocol, "Mass"))


def test_arms_differ_in_grey_print_and_by_stripes():
    grey = sorted(0.299 * r + 0.587 * g + 0.114 * b for r, g, b in map(to_rgb, SHADES))
    assert min(after - before for before, after in pairwise(grey)) > 0.1
    assert abs(grey[0] - grey[-1]) > 0.4 and len(set(STRIPES)) == len(STRIPES)


def test_the_forest_has_every_visit_and_every_further_estimate_on_the_same_scale(analysis):
    one = analysis.estimate
    further = (
        Supporting("a", "Each participant once", replace(one, estimate=0.5, low=0.4, high=0.6), "by weights"),
        Supporting("b", "Not possible", None, "too few"),
        Supporting("c", "As a difference", replace(one, scale="difference"), "on the raw scale"),
    )
    wider = replace(analysis, supporting=further)
    names = [name for name, _, _ in forest_lines(wider)]
    assert names == [each.name for _, each in analysis.by_visit] + ["Each participant once"]
    assert [primary for _, _, primary in forest_lines(wider)].count(True) == 1
    words = texts(forest_figure(wider))
    assert "0.50 (0.40 to 0.60)" in words and "Each participant once" in words and "Not possible" not in words


def test_long_names_of_the_forest_are_folded(analysis):
    name = "Each lesion once, in a model with participants weighted by the number of their lesions"
    further = (Supporting("a", name, analysis.estimate, "by weights"),)
    alone = replace(analysis, supporting=())
    picture = forest_figure(replace(analysis, supporting=further))
    assert name not in picture.decode() and "Each lesion once, in a model with" in texts(picture)
    height = [float(re.search(rb'height="([\d.]+)pt"', one)[1]) for one in (forest_figure(alone), picture)]
    assert height[1] > height[0] + 72 * 0.3


def test_the_forest_of_a_difference_has_no_logarithm(cut):
    pain = analyse(cut, "pain")
    words = texts(forest_figure(pain))
    assert any(word.startswith("Mean difference") for word in words)
