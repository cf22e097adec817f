"""What is printed, written and drawn says what was computed."""

import json
import math
import xml.etree.ElementTree as ET
from dataclasses import replace

from calcitrial.reading import agreement_json, agreement_text, bland_altman_svg
from tests.reading.test_agreement import drawn, told, without

SVG = "{http://www.w3.org/2000/svg}"


def test_the_text_has_every_part_with_its_numbers() -> None:
    found = told(without(drawn(), "L3", "B"))
    text = agreement_text(found)
    icc = next(one for one in found.coefficients if one.name == "ICC(2,1)")
    assert f"{icc.value:.4f}  (95% CI {icc.low:.4f} to {icc.high:.4f})" in text
    assert f"a ratio above {found.sdc_ratio(found.sem_agreement):.3f}" in text
    limits = found.pairs[0].limits
    assert limits is not None and f"{math.exp(limits.upper.value):.3f}" in text
    for words in ("REML variances, readings are missing", "A measured, B absent: 1", "same on 11 of 12", "Note: "):
        assert words in text


def test_what_could_not_be_had_is_said() -> None:
    text = agreement_text(told(drawn(repeats=1)))
    assert "A: fewer than three lesions were measured twice" in text and "same reader" not in text


def test_the_json_is_plain_and_complete() -> None:
    found = told(drawn())
    content = json.loads(json.dumps(agreement_json(found)))
    assert [one["name"] for one in content["icc"]][:3] == ["ICC(1,1)", "ICC(2,1)", "ICC(3,1)"]
    assert content["variances"] == found.components.variances and content["icc_from"] == "mean squares"
    pair = content["bland_altman"][0]
    assert pair["ratio"]["bias"]["value"] == math.exp(pair["log"]["bias"]["value"])
    assert content["sdc_ratio"]["repeat"] == math.exp(1.96 * math.sqrt(2) * content["sem"]["repeat"])
    assert content["repeatability"]["A"]["count"] == 12


def test_the_picture_has_a_point_for_each_lesion_inside_its_frame() -> None:
    found = told(drawn())
    root = ET.fromstring(bland_altman_svg(found, found.pairs[0]))
    points = root.findall(f"{SVG}circle")
    assert len(points) == 12
    assert all(0 < float(p.get("cx", -1)) < 640 and 0 < float(p.get("cy", -1)) < 420 for p in points)
    limits = found.pairs[0].limits
    texts = {text.text for text in root.iter(f"{SVG}text")}
    assert limits is not None and f"{math.exp(limits.bias.value):.2f}" in texts and "geometric mean (mg)" in texts
    # A lesion of which the first reader said more stands higher.
    order = sorted(range(12), key=lambda i: found.pairs[0].differences[i])
    heights = [float(points[i].get("cy", 0)) for i in order]
    assert heights == sorted(heights, reverse=True)


def test_names_are_escaped_and_a_pair_without_limits_says_so() -> None:
    found = replace(told(drawn()), quantity="<Mass> & more")
    pair = replace(found.pairs[0], limits=None)
    root = ET.fromstring(bland_altman_svg(found, pair))
    texts = " ".join(text.text or "" for text in root.iter(f"{SVG}text"))
    assert "<Mass> & more" in texts and "Fewer than three lesions" in texts
