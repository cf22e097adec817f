"""The secret of a study's pictures: made once, kept in a file that only its owner reads.

Who has it can tell which new UID stands for an old one and by how many days dates moved; who loses it can take no
further visits of the same people in step with the earlier ones. It belongs into the backup, not beside the data.
"""

import os
from collections.abc import Callable
from pathlib import Path

from calcitrial.dicom import SeriesError

LENGTH = 32


def study_secret(path: Path, draw: Callable[[int], bytes]) -> bytes:
    """Return the secret in a file; where there is none yet, `draw` it and write it with mode 0600.

    Raises:
        SeriesError: the file holds no secret, or others than its owner may read it.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read(path)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        secret = draw(LENGTH)
        file.write(secret.hex() + "\n")
    return secret


def _read(path: Path) -> bytes:
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise SeriesError([f"Others may read the secret {path.name}; say chmod 600 to it."])
    try:
        secret = bytes.fromhex(path.read_text("ascii"))
    except ValueError:
        secret = b""
    if len(secret) != LENGTH:
        raise SeriesError([f"The file {path.name} holds no secret of {LENGTH} bytes; bring it back from the backup."])
    return secret
