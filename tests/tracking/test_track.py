"""Lesions followed from visit to visit: every fate called by its name, with the change that was made."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from calcitrial.imaging import Seed, measure
from calcitrial.tracking import Tracking, track, tracking_json, tracking_text
from tests.moved_limbs import FACTS, Ball, Motion, calf, mirrored, scan

MOVED = Motion((8.0, -10.0, 25.0), (-20.0, 33.0, 18.0))
BEFORE = {
    "same": Ball((-6.0, 20.0, -30.0), 3.5),
    "grows": Ball((10.0, 20.0, -14.0), 3.0),
    "shrinks": Ball((-8.0, 22.0, 2.0), 4.0),
    "vanishes": Ball((12.0, 17.0, 6.0), 3.0),
    "beside": Ball((12.0, 25.0, 6.0), 2.5),
    "left": Ball((-4.5, 22.0, 22.0), 2.5),
    "right": Ball((4.5, 22.0, 22.0), 2.5),
    "splits": Ball((0.0, 20.0, 42.0), 6.0),
}
AFTER = {
    "same": BEFORE["same"],
    "grows": Ball((10.0, 20.0, -14.0), 3.0 * 1.6 ** (1 / 3)),
    "shrinks": Ball((-8.0, 22.0, 2.0), 4.0 * 0.4 ** (1 / 3)),
    "beside": BEFORE["beside"],
    "left": Ball((-2.5, 22.0, 22.0), 3.6),
    "right": Ball((2.5, 22.0, 22.0), 3.6),
    "part 1": Ball((-4.2, 20.0, 42.0), 2.4),
    "part 2": Ball((4.2, 20.0, 42.0), 2.4),
    "new": Ball((24.0, 12.0, -32.0), 3.0),
}
SEEDS = [Seed(name, ball.centre) for name, ball in BEFORE.items()]


@pytest.fixture(scope="module")
def visits():
    return scan(calf, BEFORE), scan(calf, AFTER, MOVED, shape=(62, 74, 70), spacing=(2.1, 1.25, 1.25), seed=2)


@pytest.fixture(scope="module")
def seeded(visits) -> Tracking:
    return track(*visits, SEEDS)


@pytest.fixture(scope="module")
def told(visits, seeded) -> dict[str, Any]:
    return tracking_json(seeded, *visits)


def test_every_lesion_is_linked_to_itself(told):
    assert [link["baseline"] for link in told["links"]] == ["same", "grows", "shrinks", "beside"]
    found = {lesion["id"]: lesion["centroid_mm"] for lesion in told["lesions"]["followup"]}
    for link in told["links"]:
        true = MOVED.moved(AFTER[link["baseline"]].centre)
        assert np.linalg.norm(np.array(found[link["followup"]]) - true) < 0.7
    assert len({link["followup"] for link in told["links"]}) == 4, "one to one"


def test_new_vanished_merged_and_split_are_called(told):
    found = {lesion["id"]: lesion["centroid_mm"] for lesion in told["lesions"]["followup"]}
    (new,) = told["new"]
    assert np.linalg.norm(np.array(found[new]) - MOVED.moved(AFTER["new"].centre)) < 0.7
    assert told["vanished"] == ["vanishes"] and told["unlisted"] == [] and told["not_comparable"] == []
    (merged,), (split,) = told["merged"], told["split"]
    assert merged["baseline"] == ["left", "right"] and split["baseline"] == "splits" and len(split["followup"]) == 2


def test_changes_are_those_that_were_made(told):
    true = {"same": 0.0, "grows": 60.0, "shrinks": -60.0, "beside": 0.0}
    for link in told["links"]:
        off = abs(link["change_mass_percent"] - true[link["baseline"]])
        assert off < 3 * link["change_mass_se_percent"]
        assert link["change_mass_se_percent"] < 20 or link["baseline"] == "beside", (
            "fat on one side, lesion on the other"
        )
        assert link["exceeds_sdc"] is (true[link["baseline"]] != 0), link
        assert link["change_volume_se_percent"] > 0
    (gone,) = told["details"]["vanished"]
    assert (gone["change_mass_percent"], gone["exceeds_sdc"], gone["followup"]) == (-100.0, True, None)
    assert "is left at its place" in gone["note"]


def test_the_transform_maps_baseline_to_followup(told):
    matrix = np.array(told["transform"])
    for ball in BEFORE.values():
        assert np.linalg.norm((matrix @ [*ball.centre, 1.0])[:3] - MOVED.moved(ball.centre)) < 0.6
    assert "from baseline to follow-up" in told["transform_direction"] and "LPS" in told["transform_direction"]
    assert told["residual_mm"] < 0.7 and told["alignment_poor"] is False
    assert told["limbs"][0]["transform"] == told["transform"] and told["series"]["followup"]["digest"] == "scan 2"


def test_without_seeds_the_baselines_own_candidates_are_followed(visits):
    tracking = track(*visits)
    assert [lesion.id for lesion in tracking.baseline] == [lesion.id for lesion in measure(visits[0])]
    assert len(tracking.links) == 4 and len(tracking.merged) == len(tracking.split) == 1
    assert len(tracking.vanished) == len(tracking.new) == 1 and not tracking.unlisted


def test_what_nobody_listed_is_neither_new_nor_taken_for_another(visits):
    tracking = track(*visits, [Seed("vanishes", BEFORE["vanishes"].centre), Seed("nothing", (-20.0, 16.0, -45.0))])
    assert [link.baseline for link in tracking.vanished] == [("vanishes",)] and tracking.links == ()
    assert len(tracking.new) == 1 and len(tracking.unlisted) >= 4
    assert [(one.id, one.reason) for one in tracking.untold] == [
        ("nothing", "nothing calcified was found at its seed at baseline")
    ]


def test_the_page_says_what_happened_to_each(seeded, told):
    page = tracking_text(seeded)
    lines = {line.split()[0]: line for line in page.splitlines() if line.strip()}
    assert lines["same"].endswith("no detectable change") and lines["grows"].endswith("changed")
    assert lines["vanishes"].endswith("vanished") and "left + right" in page and page.count("  split") == 1
    assert lines["limb1:"].startswith("limb1: moved by (")


def test_nothing_is_concluded_from_the_wrong_limb(visits):
    wrong = scan(mirrored(calf), AFTER, MOVED, seed=3)
    tracking = track(visits[0], wrong, SEEDS)
    assert not (tracking.links or tracking.new or tracking.vanished or tracking.merged or tracking.split)
    assert {one.id for one in tracking.untold if one.visit == "baseline"} == set(BEFORE)
    content = tracking_json(tracking, visits[0], wrong)
    assert content["alignment_poor"] is True and "mirror image" in content["notes"][0]
    assert "mirror image" in tracking_text(tracking)


def test_other_voltage_is_said_and_changes_are_then_not_judged(visits):
    later = replace(visits[1], facts=replace(FACTS, kvp=80.0, kernel="SHARP"))
    tracking = track(visits[0], later, SEEDS[:1])
    (link,) = tracking.links
    assert {"kvp_differs", "kernel_differs"} <= set(link.flags) and link.mass.exceeds_sdc is None
    assert "The tube voltage was 120.0 kV at baseline and 80.0 kV at follow-up" in tracking.notes[0]


def test_a_lesion_outside_the_followup_has_not_vanished(visits):
    lower = scan(calf, AFTER, MOVED, shape=(40, 72, 72), middle=(0.0, 0.0, -22.0), seed=4)
    tracking = track(visits[0], lower, SEEDS)
    told = {one.id: one.reason for one in tracking.untold if one.visit == "baseline"}
    assert "splits" in told and "outside the other scan" in told["splits"]
    assert "same" in {link.baseline[0] for link in tracking.links}
    assert "splits" not in {link.baseline[0] for link in tracking.vanished}
