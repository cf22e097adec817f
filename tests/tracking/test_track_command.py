"""`calcitrial track` on folders of DICOM files: numbers for machines, a page for people, refusals in sentences."""

import json
from pathlib import Path

import numpy as np
import pytest

from calcitrial import commands
from calcitrial.phantoms import Deposit, Phantom
from tests.scans import write

LEFT = Deposit("L1", (-9.0, 8.0, -5.0), (3.0, 3.0, 3.0), 400.0)
RIGHT = Deposit("L2", (9.0, 8.0, 5.0), (3.0, 3.0, 3.0), 400.0)
SMALL = {"shape": (20, 48, 48), "spacing_mm": (1.5, 1.0, 1.0), "limb_radius_mm": 21.0}


def run(monkeypatch: pytest.MonkeyPatch, *words: object) -> int:
    monkeypatch.setattr("sys.argv", ["calcitrial", *map(str, words)])
    with pytest.raises(SystemExit) as ended:
        commands.main()
    return int(ended.value.code or 0)


def test_two_folders_become_links(monkeypatch, capsys, tmp_path: Path):
    """A plain cylinder does not say how far along it a scan was taken; one lesion is left to place it."""
    first = write(Phantom(deposits=(LEFT, RIGHT), **SMALL), tmp_path / "1")
    second = write(Phantom(deposits=(LEFT,), **SMALL), tmp_path / "2", key="later", seed=2)
    seeds, out = tmp_path / "seeds.json", tmp_path / "out.json"
    seeds.write_text(json.dumps([{"id": d.id, "point_mm": d.centre_mm} for d in (LEFT, RIGHT)]))
    assert run(monkeypatch, "track", first, second, "--seeds", seeds, "--calibration", "0.8", "--json", out) == 0
    page, told = capsys.readouterr().out, json.loads(out.read_text())
    assert np.array(told["transform"]).shape == (4, 4) and told["settings"]["calibration_mg_per_cm3_per_hu"] == 0.8
    assert [lesion["id"] for lesion in told["lesions"]["baseline"]] == ["L1", "L2"]
    assert told["limbs"][0]["flags"] == ["position_uncertain"] and "one lesion placed it" in told["notes"][0]
    assert "limb1" in page and told["notes"][0] in page
    assert [link["baseline"] for link in told["links"]] == ["L1"] and told["vanished"] == ["L2"] and not told["new"]


def test_a_series_that_cannot_be_trusted_is_refused_and_nothing_is_written(monkeypatch, capsys, tmp_path: Path):
    good = write(Phantom(deposits=(LEFT,), **SMALL), tmp_path / "1")
    bad = write(Phantom(deposits=(LEFT,), **SMALL), tmp_path / "2")
    sorted(bad.iterdir())[7].unlink()
    out = tmp_path / "out.json"
    assert run(monkeypatch, "track", good, bad, "--json", out) == 1
    assert "missing" in capsys.readouterr().err and not out.exists()


def test_a_real_calf_followed_onto_itself_has_not_changed(monkeypatch, capsys, images: Path):
    folder = images / "ct_sts028"
    assert run(monkeypatch, "track", folder, folder, "--json", "-") == 0
    told = json.loads(capsys.readouterr().out)
    assert [(link["baseline"], link["followup"]) for link in told["links"]] == [(f"C{i:02d}",) * 2 for i in range(1, 9)]
    assert all(link["exceeds_sdc"] is False for link in told["links"]) and not told["new"] and not told["vanished"]
    assert np.allclose(told["transform"], np.eye(4), atol=1e-3) and "the same series" in told["notes"][0]
