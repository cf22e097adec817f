"""Takes pictures in: de-identifies every file, and moves whole series to their place, or nothing of a series.

Files with names and birth dates are only read. What is written goes to a folder of its own beside the target and
appears at its place by one renaming, when every file of the series is clean. Taking the same source again changes
nothing; further files of a series that is there already join it.
"""

import hashlib
import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from pydicom.dataset import Dataset
from pydicom.uid import UID

from calcitrial.dicom import SeriesError
from calcitrial.intake.deidentify import Deidentification, deidentify
from calcitrial.intake.taken import TAKEN, SeriesTaken, Taken, few


@dataclass
class _Growing:
    modality: str
    uid: str
    folder: Path
    problems: list[str] = field(default_factory=list)


class Intake:
    """Collects the de-identified files of some series and moves them to their place together.

    A context manager: what was not finished leaves nothing behind.
    """

    def __init__(self, into: Path, rules: Deidentification) -> None:
        into.parent.mkdir(parents=True, exist_ok=True)
        self.into, self.rules = into, rules
        self.folder = Path(tempfile.mkdtemp(prefix=".taking-", dir=into.parent))
        self._series: dict[str, _Growing] = {}
        self._passed_over: Counter[str] = Counter()

    def __enter__(self) -> "Intake":
        """Return the intake itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove whatever was not moved to its place."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def pass_over(self, dataset: Dataset) -> bool:
        """Return whether an object is of a kind that is not taken, and count it by the standard's name."""
        kind = str(dataset.get("SOPClassUID", ""))
        if kind in TAKEN:
            return False
        known = UID(kind).name
        self._passed_over[known if known != kind else "objects of unknown kind"] += 1
        return True

    def add(self, dataset: Dataset, label: str = "A file") -> tuple[str, ...]:
        """De-identify one object and keep it; return the sentences why it cannot be taken, () when it is."""
        uid = str(dataset.get("SeriesInstanceUID", ""))
        growing = self._series.get(uid) or self._begin(dataset, uid)
        try:
            data = deidentify(dataset, self.rules)
            self._keep(growing.folder / _name(dataset), data)
        except SeriesError as refused:
            told = tuple(f"{label}: {problem}" for problem in refused.problems)
            growing.problems += told
            return told
        return ()

    def finish(self) -> Taken:
        """Move every series without problems to its place and return what was taken and what was not."""
        series, refusals = [], []
        for growing in self._series.values():
            problems = growing.problems or _clashes(growing.folder, self._target(growing))
            if problems:
                refusals += _refusals(growing.modality, problems)
            else:
                series.append(self._move(growing))
        self._series.clear()
        return Taken(tuple(series), tuple(refusals), dict(self._passed_over))

    def _begin(self, dataset: Dataset, uid: str) -> _Growing:
        modality = TAKEN.get(str(dataset.get("SOPClassUID", "")), "SC")
        now = self.rules.uid(uid)
        folder = self.folder / f"{modality}-{hashlib.sha256(now.encode()).hexdigest()[:12]}"
        folder.mkdir(exist_ok=True)
        self._series[uid] = _Growing(modality, now, folder)
        return self._series[uid]

    def _keep(self, path: Path, data: bytes) -> None:
        if path.exists() and path.read_bytes() != data:
            raise SeriesError(["two different files carry one SOP Instance UID; export the series again."])
        path.write_bytes(data)

    def _target(self, growing: _Growing) -> Path:
        return self.into / growing.folder.name

    def _move(self, growing: _Growing) -> SeriesTaken:
        target = self._target(growing)
        before = {path.name for path in target.iterdir()} if target.is_dir() else set()
        names = {path.name for path in growing.folder.iterdir()}
        if names - before:
            self._swap(growing.folder, target, before - names)
        files = sorted(target.iterdir())
        digest = hashlib.sha256()
        for path in files:
            digest.update(path.name.encode() + hashlib.sha256(path.read_bytes()).digest())
        return SeriesTaken(growing.modality, target, growing.uid, len(files), len(names - before), digest.hexdigest())

    def _swap(self, folder: Path, target: Path, missing: set[str]) -> None:
        """Put a folder in place of an older one of the same series, with the files that only the older one has."""
        for name in missing:
            shutil.copy2(target / name, folder / name)
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.is_dir():
            target.rename(self.folder / "before")
        folder.rename(target)
        shutil.rmtree(self.folder / "before", ignore_errors=True)


def _name(dataset: Dataset) -> str:
    """Return the file name of an object: from its (new) UID, so the same object always has the same name."""
    return f"{hashlib.sha256(str(dataset.SOPInstanceUID).encode()).hexdigest()[:24]}.dcm"


def _clashes(folder: Path, target: Path) -> list[str]:
    """Say when files of a series are there already with other content."""
    both = [path for path in sorted(folder.iterdir()) if (target / path.name).is_file()]
    other = sum(path.read_bytes() != (target / path.name).read_bytes() for path in both)
    told = f"{other} of its files are there already with other content; take it for its own visit, or move those away."
    return [told] if other else []


def _refusals(modality: str, problems: list[str]) -> list[str]:
    return [f"A {modality} series was not taken. {problem}" for problem in few(problems)]
