"""Damaged exports: a sentence, or a measurement of whole numbers; never a traceback, never a person's name."""

import json
import random
import tracemalloc
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread

from calcitrial.dicom import SeriesError, read_series
from calcitrial.imaging import Settings, measure, to_json, to_text
from calcitrial.phantoms import Deposit, Phantom, render, write_series
from tests.scans import edit, problems

# pydicom warns while the damage is written.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")
TINY = Phantom(
    shape=(6, 32, 32),
    spacing_mm=(1.5, 1.0, 1.0),
    limb_radius_mm=14.0,
    deposits=(Deposit("a", (0.0, 4.0, 0.0), (3.0, 3.0, 2.0), 400.0),),
)
PERSON = "MUSTERMANN"
ABSURD = (0, -1, 65535, 2**31, "", None, "abc", 1e308, "nan", "inf", "1\\2\\3", [1, 2, 3], [])
TAGS = [
    "Rows",
    "Columns",
    "PixelSpacing",
    "RescaleSlope",
    "RescaleIntercept",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
    "ImagePositionPatient",
    "ImageOrientationPatient",
    "SliceThickness",
    "KVP",
    "NumberOfFrames",
    "PixelPaddingValue",
    "RescaleType",
    "GantryDetectorTilt",
    "SOPClassUID",
    "SOPInstanceUID",
    "SeriesInstanceUID",
    "Modality",
    "ConvolutionKernel",
    "PixelData",
]


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    voxels = render(TINY, np.random.default_rng(1))
    write_series(TINY, voxels, tmp_path / "s", key="k", acquired=datetime(2024, 1, 1), patient_id=PERSON)
    return tmp_path / "s"


def flip(dice: random.Random, path: Path) -> None:
    data = bytearray(path.read_bytes())
    for _ in range(dice.choice([1, 20, 500])):
        data[dice.randrange(128, min(len(data), dice.choice([2500, len(data)])))] = dice.randrange(256)
    path.write_bytes(data)


def cut(dice: random.Random, path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: dice.randrange(len(data))])


def spoil(dice: random.Random, path: Path) -> None:
    image, tag = dcmread(path), dice.choice(TAGS)
    try:
        setattr(image, tag, dice.choice(ABSURD))
        image.save_as(path)
    except (TypeError, ValueError, AttributeError, OverflowError, OSError):
        # pydicom will not write it; what it wrote so far is a damaged file of its own.
        assert path.exists()


def drop(dice: random.Random, path: Path) -> None:
    image, tag = dcmread(path), dice.choice(TAGS)
    if tag in image:
        delattr(image, tag)
    image.save_as(path)


def double(dice: random.Random, path: Path) -> None:
    path.with_name(f"copy of {path.name}").write_bytes(path.read_bytes())


DAMAGES: list[Callable[[random.Random, Path], None]] = [flip, cut, spoil, drop, double]


@pytest.mark.parametrize("case", range(60))
def test_a_damaged_export_is_refused_in_sentences_or_measured(tiny, case):
    dice = random.Random(case)
    damage = DAMAGES[case % len(DAMAGES)]
    files = sorted(tiny.iterdir())
    for path in files if dice.random() < 0.4 else [dice.choice(files)]:
        damage(dice, path)
    try:
        series = read_series(tiny)
    except SeriesError as refused:
        assert all(sentence.endswith(".") for sentence in refused.problems), refused
        assert PERSON not in str(refused) and str(tiny) not in str(refused)
        return
    lesions = measure(series)
    json.dumps(to_json(series, lesions, Settings()), allow_nan=False)
    assert to_text(series, lesions) and np.prod(series.voxels.shape) <= 6 * 32 * 32
    assert all(lesion.mass_mg is None or np.isfinite(lesion.mass_mg) for lesion in lesions)


def test_not_every_damaged_export_is_refused(tiny):
    """Were everything refused, the test above could not fail on what is measured."""
    edit(tiny, lambda i, image: delattr(image, "ConvolutionKernel"))
    assert len(measure(read_series(tiny))) == 1


@pytest.mark.parametrize(
    ("tag", "value", "words"),
    [
        ("RescaleSlope", 0, "no Hounsfield units"),
        ("RescaleSlope", -1, "no Hounsfield units"),
        ("RescaleIntercept", 1e9, "no Hounsfield units"),
        ("PixelSpacing", [500.0, 500.0], "between 0.01 and 10 mm"),
        ("PixelSpacing", [1e-9, 1e-9], "between 0.01 and 10 mm"),
        ("PixelSpacing", 1.0, "PixelSpacing is absent"),
        ("Rows", 0, "CT has 1 to 8192"),
        ("Rows", 60000, "CT has 1 to 8192"),
        ("ImagePositionPatient", [1e308, 0, 0], "holds no number"),
        ("Modality", "CT^MUSTERMANN ", "Modality unreadable"),
    ],
)
def test_absurd_values_are_refused(tiny, tag, value, words):
    edit(tiny, lambda i, image: setattr(image, tag, value))
    assert words in " ".join(problems(tiny))


@pytest.mark.parametrize("uid", [b"1.2.840.10008.9.9.9\0", b"2.25.1234567890123\0\0"])
def test_a_transfer_syntax_that_is_none_is_refused(tiny, uid):
    for path in tiny.iterdir():
        path.write_bytes(path.read_bytes().replace(b"1.2.840.10008.1.2.1\0", uid, 1))
    assert "names no transfer syntax" in problems(tiny)[0]


def test_a_header_that_claims_a_huge_image_costs_no_memory(images, tmp_path):
    for i, path in enumerate(sorted((images / "ct_phantom_UB").glob("*.dcm"))[:3]):
        image = dcmread(path)
        image.Rows = image.Columns = 65535
        image.save_as(tmp_path / f"{i}.dcm")
    tracemalloc.start()
    assert "65535x65535" in " ".join(problems(tmp_path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 50e6


def test_kvp_that_is_no_number_is_not_known(tiny):
    def spoil_kvp(i: int, image: object) -> None:
        image.KVP = "nan"  # type: ignore[attr-defined]

    series = read_series(edit(tiny, spoil_kvp))
    assert series.facts.kvp is None and "other_kvp" in measure(series)[0].flags
    assert "not known kV" not in to_text(series, []) and "tube voltage unknown" in to_text(series, [])
