"""A thousand damaged files through everything that reads one: a sentence or a right result, and never a third thing.

A result is right when it is the one of the sound file, or, where the damage changed what the file says, the one that
the changed values give. A reading that takes longer than TIME counts as hanging.
"""

import math
import resource
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.uid import JPEGLSLossless, RLELossless

from calcitrial.dicom import Series, SeriesError, read_picture, read_series
from calcitrial.imaging import Settings, measure, measure_masks, store
from calcitrial.objects import read_measurements, read_segmentation
from calcitrial.objects.codes import KINDS
from calcitrial.phantoms import Deposit, Phantom, render, write_series
from calcitrial.protocol import RefusedError
from calcitrial.stills import (
    KnownLength,
    calipers,
    film_json,
    measure_film,
    measure_ultrasound,
    outlines,
    scale_of,
    ultrasound_json,
)
from tests.dicom.damage import damaged
from tests.pictures import PERSON, echo, film, region

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")
CASES = 1000
BATCHES = 20
TIME = 20.0  # seconds; a sound file takes a hundredth of one
MEMORY = 600_000  # kB that all of them together may add
AT = datetime(2026, 3, 4, 5, 6, 7)
TINY = Phantom(
    shape=(5, 24, 24),
    spacing_mm=(1.5, 1.0, 1.0),
    limb_radius_mm=11.0,
    deposits=(Deposit("a", (0.0, 2.0, 0.0), (3.0, 3.0, 2.0), 400.0),),
)
BOX = outlines([{"id": "L1", "points_px": [[10, 10], [30, 10], [30, 50], [10, 50]], "threshold": 300}])
LINE = calipers([{"id": "L1", "length": [[10, 10], [40, 50]]}])
KNOWN = KnownLength((5.0, 5.0), (65.0, 85.0), 50.0)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a sound file of every sort that is read."""
    home = tmp_path_factory.mktemp("sound")
    write_series(TINY, render(TINY, np.random.default_rng(1)), home / "ct", key="k", acquired=AT, patient_id=PERSON)
    series = read_series(home / "ct")
    store(home / "ct", series, measure_masks(series), Settings(), home, at=AT)
    film(home / "film.dcm")
    echo(home / "still.dcm", region((0, 0, 80, 60)), region((60, 0, 79, 20), (0.01, 0.0), (4, 0), form=4))
    echo(home / "clip.dcm", region(), frames=3)
    for name, syntax in (("rle", RLELossless), ("jpegls", JPEGLSLossless)):
        image = dcmread(home / "film.dcm")
        image.compress(syntax)
        image.save_as(home / f"{name}.dcm")
    return home


@contextmanager
def bounded() -> Iterator[None]:
    def late(*_: object) -> None:
        raise AssertionError(f"No answer within {TIME} seconds.")

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, TIME)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def read_ct(home: Path, path: Path) -> None:
    """The damaged slice stands in for the third of the series; `path` lies in a folder of its own."""
    others = sorted((home / "ct").iterdir())
    for other in [*others[:2], *others[3:]]:
        (path.parent / other.name).write_bytes(other.read_bytes())
    series, whole = read_series(path.parent), read_series(home / "ct")
    assert series.voxels.shape == whole.voxels.shape
    lesions = measure(series)
    assert all(one.mass_mg is None or math.isfinite(one.mass_mg) for one in lesions)
    same = np.array_equal(series.voxels, whole.voxels) and series.facts.kvp == whole.facts.kvp
    if same and np.allclose(series.affine, whole.affine, atol=0.03):
        expected = measure(whole)
        assert [one.mass_mg for one in lesions] == pytest.approx([one.mass_mg for one in expected], rel=0.03)


def read_film(home: Path, path: Path) -> None:
    picture = read_picture(path, "film")
    scale = scale_of(picture, KNOWN)
    found = measure_film(picture, BOX, scale)
    told = film_json(picture, found, scale)["lesions"][0]["area_mm2"]
    assert scale.column_mm == pytest.approx(0.5)
    pixels = picture.frame()[10:51, 10:31]
    dense = pixels <= 300 if picture.dense_low else pixels >= 300
    assert told <= 20 * 40 * 0.25 * 1.1 and abs(told / 0.25 - dense.sum()) <= 61


def read_echo(home: Path, path: Path) -> None:
    picture = read_picture(path, "ultrasound")
    found = measure_ultrasound(picture, LINE)
    ultrasound_json(picture, found)
    holding = [r.delta for r in picture.regions if r.units == (3, 3) and r.format == 1]
    possible = [10 * math.hypot(30 * x, 40 * y) for x, y in holding]
    assert any(found[0].lengths["length"].mm == pytest.approx(mm) for mm in possible)


def read_seg(home: Path, path: Path) -> None:
    series = read_series(home / "ct")
    for one in read_segmentation(path, series):
        assert one.mask.shape == series.voxels.shape and one.mask.dtype == np.bool_


def read_sr(home: Path, path: Path) -> None:
    sound = {q.name: q for one in read_measurements(home / "sr.dcm") for q in one.quantities}
    for one in read_measurements(path):
        for number in one.quantities:
            if number.name in KINDS:
                assert number.value == pytest.approx(sound[number.name].value, rel=1e-7), number.name
                assert number.unit == KINDS[number.name].unit.value


READERS: list[tuple[str, Callable[[Path, Path], None]]] = [
    ("ct/IM0003.dcm", read_ct),
    ("film.dcm", read_film),
    ("rle.dcm", read_film),
    ("jpegls.dcm", read_film),
    ("still.dcm", read_echo),
    ("clip.dcm", read_echo),
    ("seg.dcm", read_seg),
    ("sr.dcm", read_sr),
]


def one_case(case: int, sound: Path, folder: Path) -> bool:
    """Read one damaged file; say whether it was refused in sentences."""
    name, reader = READERS[case // 10 % len(READERS)]
    folder.mkdir()
    path = folder / Path(name).name
    path.write_bytes(damaged(case, (sound / name).read_bytes()))
    try:
        with bounded():
            reader(sound, path)
    except (RefusedError, SeriesError) as refused:
        assert str(refused).strip().endswith("."), (case, str(refused))
        assert PERSON not in str(refused) and str(folder) not in str(refused), case
        return True
    return False


@pytest.mark.parametrize("batch", range(BATCHES))
def test_a_damaged_file_gives_a_sentence_or_a_right_result(sound, tmp_path, batch):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    share = CASES // BATCHES
    refused = [one_case(case, sound, tmp_path / str(case)) for case in range(batch * share, (batch + 1) * share)]
    # Were all refused, or none, the test would say nothing of the other.
    assert 0 < sum(refused) < share
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MEMORY


def test_the_sound_files_are_all_measured(sound: Path, tmp_path: Path) -> None:
    for name, reader in READERS:
        folder = tmp_path / Path(name).stem
        folder.mkdir()
        (folder / Path(name).name).write_bytes((sound / name).read_bytes())
        reader(sound, folder / Path(name).name)
    assert isinstance(read_series(sound / "ct"), Series)
