"""Where the home of these pages is, and how a file is written into it whole."""

import os
from pathlib import Path

from django.conf import settings


def home() -> Path:
    """Return the home whose record is connected, which a process may change after the settings were read."""
    return Path(os.environ.get("CALCITRIAL_HOME") or settings.HOME)


def write_whole(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Write a file, with its folder, so that it is either there completely and on the disk, or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
