"""Photographs of lesions: read as pictures, freed of everything but the picture, kept under their digest.

A file is decoded and encoded anew, which drops what cameras and telephones write into it: place, time, device, owner,
thumbnails. Nothing looks for faces or tattoos in the picture; who takes it must keep them out.
"""

import hashlib
import io
from contextlib import suppress
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from calcitrial.consents import heic_words
from calcitrial.protocol import Problem, RefusedError, refuse
from calcitrial.whole_file import write_whole

LARGEST_BYTES = 20_000_000
LARGEST_PIXELS = 60_000_000
LONGEST_SIDE = 3000
QUALITY = 88


def picture_of(content: bytes) -> bytes:
    """Return a photograph as a JPEG that holds the picture and nothing else.

    Raises RefusedError when it is no JPEG or PNG, is damaged, or is too large.
    """
    if len(content) > LARGEST_BYTES:
        _refuse(f"The photograph has {len(content) / 1e6:.1f} MB.", f"Send at most {LARGEST_BYTES // 1_000_000} MB.")
    try:
        with Image.open(io.BytesIO(content), formats=["JPEG", "PNG"]) as found:
            if found.width * found.height > LARGEST_PIXELS:
                _refuse(f"The photograph has {found.width} × {found.height} pixels.", "Send a smaller one.")
            upright = ImageOps.exif_transpose(found).convert("RGB")
    except UnidentifiedImageError:
        _refuse(
            "This file is not a JPEG or PNG picture, whatever its name says.",
            heic_words(content) or "Choose a photograph.",
        )
    except RefusedError:
        raise
    except Image.DecompressionBombError:
        _refuse("The photograph has far too many pixels.", "Send a smaller one.")
    except (OSError, SyntaxError, ValueError):
        _refuse("The photograph is damaged or cut off.", "Take it again, or send the original file.")
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    plain = Image.new("RGB", upright.size)
    plain.paste(upright)
    out = io.BytesIO()
    plain.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def _refuse(what: str, instead: str) -> None:
    refuse([Problem("photo", what, instead)])


def digest_of(picture: bytes) -> str:
    """Return the SHA-256 of a picture, under which it is kept and named in the record."""
    return hashlib.sha256(picture).hexdigest()


def photo_file(home: Path, digest: str) -> Path:
    """Return where a picture lies; RefusedError for a text that is no SHA-256."""
    if len(digest) != 64 or set(digest) - set("0123456789abcdef"):
        _refuse(f"{digest[:80]!r} is not the digest of a photograph.", "Follow a link of the lesion's page.")
    return home / "photos" / f"{digest}.jpg"


def keep_photo(home: Path, picture: bytes) -> bool:
    """Write a picture whole, before the entry that names it; return False when it was there already."""
    path = photo_file(home, digest_of(picture))
    if path.is_file():
        return False
    write_whole(path, picture, 0o600)
    return True


def drop_photo(home: Path, picture: bytes) -> None:
    """Remove a picture whose entry was refused, so that nothing of it stays."""
    with suppress(FileNotFoundError):
        photo_file(home, digest_of(picture)).unlink()
