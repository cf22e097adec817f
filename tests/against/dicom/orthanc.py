"""A PACS on loopback for the tests: Debian's Orthanc with its DICOMweb plug-in, started and stopped by them."""

import json
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

PROGRAM = shutil.which("Orthanc") or "/usr/sbin/Orthanc"
PLUGINS = [Path("/usr/share/orthanc/plugins"), Path("/usr/lib/orthanc"), Path("/usr/local/share/orthanc/plugins")]
SECONDS = 30.0


@dataclass(frozen=True)
class Pacs:
    """A running Orthanc: its DICOM port and its web addresses."""

    port: int
    rest: str

    @property
    def web(self) -> str:
        return f"{self.rest}/dicom-web"

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}/ORTHANC"


def missing() -> str:
    """Return why there is no Orthanc here, '' when there is."""
    if not Path(PROGRAM).is_file():
        return "SKIPPED FOR WANT OF ORTHANC: the program is not here (Debian packages orthanc, orthanc-dicomweb)."
    if _plugin() is None:
        return "SKIPPED FOR WANT OF ORTHANC: its DICOMweb plug-in is not here (Debian package orthanc-dicomweb)."
    return ""


def _plugin() -> Path | None:
    found = (path for folder in PLUGINS if folder.is_dir() for path in sorted(folder.glob("libOrthancDicomWeb.so*")))
    return next(found, None)


@contextmanager
def running(folder: Path) -> Iterator[Pacs]:
    """Run Orthanc on free ports with everything it writes in a folder; it is stopped whatever happens."""
    if why := missing():
        pytest.skip(why)
    dicom, http = _free_ports(2)
    config = {
        "Name": "test peer",
        "StorageDirectory": str(folder / "storage"),
        "IndexDirectory": str(folder / "index"),
        "DicomAet": "ORTHANC",
        "DicomPort": dicom,
        "HttpPort": http,
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": False,
        "DicomCheckCalledAet": True,
        "Plugins": [str(_plugin())],
        "DicomWeb": {"Enable": True, "Root": "/dicom-web/"},
    }
    (folder / "orthanc.json").write_text(json.dumps(config))
    with (folder / "orthanc.log").open("wb") as log:
        process = subprocess.Popen([PROGRAM, str(folder / "orthanc.json")], stdout=log, stderr=log)
        try:
            pacs = Pacs(dicom, f"http://127.0.0.1:{http}")
            _wait(pacs, process, folder / "orthanc.log")
            yield pacs
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(pacs: Pacs, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            urllib.request.urlopen(f"{pacs.rest}/system", timeout=2).read()
            return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"Orthanc did not start within {SECONDS:.0f} s:\n{log.read_text(errors='replace')[-2000:]}")


def _free_ports(number: int) -> list[int]:
    probes = [socket.socket() for _ in range(number)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]
    finally:
        for probe in probes:
            probe.close()
