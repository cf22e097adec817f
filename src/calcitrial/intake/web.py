"""Speaks DICOMweb (PS3.18): stores files (STOW-RS), searches (QIDO-RS) and retrieves series (WADO-RS)."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pydicom
import requests
from dicomweb_client.api import DICOMwebClient
from pydicom.dataset import Dataset

from calcitrial.dicom import SeriesError
from calcitrial.intake.send import Sent

SECONDS = 60.0
AT_ONCE = 20  # files in one request
Step = Callable[[int, int], object]


class _Bounded(requests.Session):
    """A session that never waits for ever; requests itself has no default for its timeout."""

    def request(self, *words: Any, **more: Any) -> requests.Response:
        """Send a request that gives up after SECONDS without an answer."""
        return super().request(*words, **{"timeout": SECONDS, **more})


def store(files: Iterable[Path], url: str, step: Step = lambda done, whole: None) -> Sent:
    """Store files at a DICOMweb address and return how many it accepted.

    Raises:
        SeriesError: the address does not answer, or answers with an error.
    """
    paths, client = list(files), _client(url)
    failed = 0
    for start in range(0, len(paths), AT_ONCE):
        some = [pydicom.dcmread(path) for path in paths[start : start + AT_ONCE]]
        answer = _asked(url, lambda some=some: client.store_instances(some))  # type: ignore[misc]
        failed += len(answer.get("FailedSOPSequence") or ())
        step(min(start + AT_ONCE, len(paths)), len(paths))
    told = (f"{failed} of {len(paths)} files were refused by the other system; look into its log.",)
    return Sent(len(paths) - failed, told if failed else ())


def search(url: str, level: str = "studies", **filters: str) -> list[Dataset]:
    """Return what a DICOMweb address holds, as datasets of the attributes it tells.

    Args:
        url: base address, such as http://127.0.0.1:8042/dicom-web.
        level: studies, series or instances.
        filters: keywords and values that must match, such as Modality="CT".

    Raises:
        SeriesError: another level, or the address does not answer.
    """
    client = _client(url)
    asks: Mapping[str, Callable[..., list[dict[str, Any]]]] = {
        "studies": client.search_for_studies,
        "series": client.search_for_series,
        "instances": client.search_for_instances,
    }
    if level not in asks:
        raise SeriesError([f"There is no level {level!r}; write studies, series or instances."])
    return [Dataset.from_json(one) for one in _asked(url, lambda: asks[level](search_filters=filters))]


def retrieve(url: str, study: str, series: str, into: Path, step: Step = lambda done, whole: None) -> list[Path]:
    """Retrieve the files of a series as they are stored there into a folder, and return their paths.

    They still tell who the person is: give a folder that is removed after `take`.

    Raises:
        SeriesError: the address does not answer or does not know the series.
    """
    into.mkdir(parents=True, exist_ok=True)
    paths: list[Path] = []
    for found in _asked(url, lambda: _client(url).retrieve_series(study, series)):
        paths.append(into / f"{len(paths) + 1:06d}.dcm")
        found.save_as(paths[-1], enforce_file_format=True)
        step(len(paths), 0)
    return paths


def series_of(url: str, study: str) -> list[str]:
    """Return the UIDs of the series of a study."""
    client = _client(url)
    found = _asked(url, lambda: client.search_for_series(study_instance_uid=study))
    return [str(Dataset.from_json(one).SeriesInstanceUID) for one in found]


def _client(url: str) -> DICOMwebClient:
    try:
        return DICOMwebClient(url, session=_Bounded())
    except (ValueError, TypeError):
        raise SeriesError([f"{url!r} is no DICOMweb address; write such as http://host:8042/dicom-web."]) from None


def _asked(url: str, ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except requests.HTTPError as error:
        code = error.response.status_code if error.response is not None else "unknown"
        raise SeriesError([f"{url} answered with HTTP status {code}; check address and identifiers."]) from None
    except (requests.RequestException, ValueError) as error:
        told = f"{url} does not answer as DICOMweb ({type(error).__name__}); check the address and that it runs."
        raise SeriesError([told]) from None
