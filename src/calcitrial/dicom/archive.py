"""A source of pictures is a folder or a ZIP; a ZIP is unpacked into a temporary folder that is always removed.

Nothing in a ZIP decides where a file is written: members get numbers for names, and a ZIP that tries (absolute
paths, "..", links) is refused, as is one that is encrypted, damaged or grows out of all proportion.
"""

import shutil
import stat
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath, PureWindowsPath

from calcitrial.dicom.headers import DICOM_SUFFIXES, SeriesError

MOST_FILES = 20_000
MOST_BYTES = 16 * 2**30
# Deflate gains 2 to 4 on CT and at most 1032 on zeros; a black clip compresses well, a whole export does not.
MOST_GAIN = 100
FREE_GAIN = 2**28  # below 256 MiB any gain will do
DAMAGED = "The ZIP is damaged or cut short; export or copy it again."


@contextmanager
def opened(source: Path) -> Iterator[Path]:
    """Give the folder of a source: the folder itself, or a ZIP's content unpacked for as long as the block runs.

    Raises:
        SeriesError: the source is a file that is no ZIP, or a ZIP that will not be unpacked; every reason is told.
    """
    if not source.is_file():
        yield source
        return
    if not zipfile.is_zipfile(source):
        raise SeriesError(["The source is a file but no readable ZIP; give a folder or a ZIP of DICOM files."])
    with tempfile.TemporaryDirectory(prefix="calcitrial-") as name:
        _unpack(source, Path(name))
        yield Path(name)


def _unpack(source: Path, into: Path) -> None:
    try:
        with zipfile.ZipFile(source) as archive:
            members = sorted((one for one in archive.infolist() if not one.is_dir()), key=lambda one: one.filename)
            if problems := _problems(members, shutil.disk_usage(into).free):
                raise SeriesError(problems)
            for number, member in enumerate(members, 1):
                suffix = PurePosixPath(member.filename).suffix.lower()
                name = f"{number:06d}{suffix if suffix in DICOM_SUFFIXES else ''}"
                with archive.open(member) as packed, (into / name).open("wb") as file:
                    shutil.copyfileobj(packed, file)
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError, ValueError) as fault:
        if isinstance(fault, SeriesError):
            raise
        # zipfile, zlib and bz2 meet damage with any of these; their messages quote names of members.
        raise SeriesError([DAMAGED]) from None
    except Exception:  # zlib.error and lzma.LZMAError share no base with the others
        raise SeriesError([DAMAGED]) from None


def _problems(members: list[zipfile.ZipInfo], free: int) -> list[str]:
    whole = sum(one.file_size for one in members)
    packed = sum(one.compress_size for one in members)
    found = []
    if len(members) > MOST_FILES:
        found.append(f"The ZIP holds {len(members)} files, more than {MOST_FILES}; make one ZIP per visit.")
    if whole > MOST_BYTES:
        found.append(f"The ZIP would unpack to {whole / 2**30:.1f} GiB, more than 16; make one ZIP per visit.")
    elif whole > max(MOST_GAIN * packed, FREE_GAIN):
        found.append(f"The ZIP would grow {whole / max(packed, 1):.0f} times, as no pictures do; export again.")
    elif whole > free:
        found.append(f"The ZIP needs {whole / 2**30:.2f} GiB to unpack and {free / 2**30:.2f} are free; make room.")
    if locked := sum(one.flag_bits & 1 for one in members):
        found.append(f"{locked} file(s) of the ZIP are encrypted; unpack it with its password and give the folder.")
    if astray := sum(map(_leads_out, members)):
        found.append(f"{astray} file(s) of the ZIP point outside it; make the ZIP anew from the export.")
    return found


def _leads_out(member: zipfile.ZipInfo) -> bool:
    windows = PureWindowsPath(member.filename)
    link = stat.S_ISLNK(member.external_attr >> 16)
    return bool(link or windows.root or windows.drive or ".." in windows.parts)
