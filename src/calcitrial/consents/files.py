"""Signatures and scans of signed papers: sealed under the participant's key, named in the record by digest alone."""

import hashlib
import struct
import zlib
from pathlib import Path

from calcitrial.identity import Vault
from calcitrial.protocol import Problem, refuse
from calcitrial.whole_file import write_whole

LARGEST = 10_000_000
# ISO base media files with a HEIF brand.
HEIF = (b"heic", b"heix", b"heif", b"hevc", b"mif1", b"msf1", b"avif")
PNG, JPEG, PDF = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"%PDF-"
TYPES = {PNG: "image/png", JPEG: "image/jpeg", PDF: "application/pdf"}
WIDEST = 4_000


def type_of(content: bytes) -> str:
    """Return the media type that a file's first bytes say; '' for what is no picture and no PDF."""
    return next((name for start, name in TYPES.items() if content.startswith(start)), "")


def digest_of(content: bytes) -> str:
    """Return the SHA-256 that the record will hold."""
    return hashlib.sha256(content).hexdigest()


def check_scan(content: bytes) -> None:
    """Refuse a scan that is too large or is not what a scanner makes."""
    if len(content) > LARGEST:
        refuse([Problem("scan", f"The file has {len(content)} bytes.", f"Give at most {LARGEST}.")])
    if not type_of(content):
        instead = heic_words(content) or "Scan the signed paper into one of these."
        refuse([Problem("scan", "The file is no PDF, PNG or JPEG.", instead)])


def heic_words(content: bytes) -> str:
    """Return what to do about a HEIC picture, as telephones make them; '' for anything else.

    No decoder for it comes under a licence that this program may take along: libheif and libde265 are LGPL, x265 GPL.
    """
    if content[4:8] != b"ftyp" or content[8:12] not in HEIF:
        return ""
    return (
        "It is a HEIC picture. On an iPhone choose Settings, Camera, Formats, “Most Compatible”, and take it again; on "
        "Android switch off HEIF (high efficiency) in the camera's settings. Or choose the picture on this page with "
        "the iPhone itself: it then sends a JPEG."
    )


def check_drawing(content: bytes) -> None:
    """Refuse a drawn signature that is no PNG of a canvas, or is empty: one single colour throughout."""
    size = _png_size(content)
    if size is None or max(size) > WIDEST or len(content) > LARGEST:
        refuse([Problem("signature", "The signature did not arrive as a picture.", "Sign once more.")])
    if not _marked(content):
        refuse([Problem("signature", "The field for the signature is empty.", "Sign in the field.")])


def _png_size(content: bytes) -> tuple[int, int] | None:
    if not content.startswith(PNG) or content[12:16] != b"IHDR" or len(content) < 45:
        return None
    width, height = struct.unpack(">II", content[16:24])
    return (width, height) if width and height else None


def _marked(content: bytes) -> bool:
    """Return whether the pixels of a PNG differ anywhere; an empty canvas is of one single colour."""
    packed, at = b"", 8
    while at + 8 <= len(content):
        length, name = struct.unpack(">I4s", content[at : at + 8])
        packed += content[at + 8 : at + 8 + length] if name == b"IDAT" else b""
        at += 12 + length
    try:
        pixels = zlib.decompressobj().decompress(packed, WIDEST * WIDEST * 4)
    except zlib.error:
        return False
    # Of a single colour every line is alike but for the byte that names its filter.
    return len(set(pixels)) > 6


def keep_signed(vault: Vault, folder: Path, study: str, code: str, content: bytes) -> str:
    """Keep a signature or scan under a folder of consents, sealed, and return its SHA-256."""
    digest = digest_of(content)
    write_whole(signed_file(folder, digest), vault.seal(study, code, f"signed {digest}", content), 0o600)
    return digest


def read_signed(vault: Vault, folder: Path, study: str, code: str, digest: str) -> bytes:
    """Return a signature or scan; RefusedError when it is not there, was altered, or the person was erased."""
    path = signed_file(folder, digest)
    if not path.is_file():
        refuse([Problem("signature", f"The file {digest[:12]} is not there.", "Bring it back from the backup.")])
    return vault.unseal(study, code, f"signed {digest}", path.read_bytes())


def signed_file(folder: Path, digest: str) -> Path:
    """Return where a sealed signature lies."""
    return folder / "signed" / f"{digest}.sealed"
