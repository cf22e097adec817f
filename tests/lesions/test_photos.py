"""Photographs: really pictures, without place and camera, kept whole under their digest."""

import io
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import calcitrial
from calcitrial.consents import check_scan
from calcitrial.lesions import digest_of, drop_photo, keep_photo, photo_file, picture_of
from calcitrial.protocol import RefusedError


def photograph(kind: str = "JPEG", size: tuple[int, int] = (60, 40), mode: str = "RGB", rotate: int = 0) -> bytes:
    """A picture with the place where it was taken, as a telephone writes it."""
    noise = np.random.default_rng(1).integers(0, 255, (size[1], size[0], 3), np.uint8)
    exif = Image.Exif()
    exif[0x010F] = "A maker of telephones"
    exif[0x0112] = rotate or 1
    exif.get_ifd(0x8825)[2] = (45.0, 49.0, 51.0)  # GPS latitude
    out = io.BytesIO()
    Image.fromarray(noise).convert(mode).save(out, kind, exif=exif)
    return out.getvalue()


@pytest.mark.requirement("GDPR/HIPAA")
@pytest.mark.parametrize(("kind", "mode"), [("JPEG", "RGB"), ("PNG", "RGBA"), ("PNG", "P"), ("JPEG", "L")])
def test_a_kept_picture_holds_neither_place_nor_camera(kind: str, mode: str) -> None:
    taken = photograph(kind, mode=mode)
    assert b"A maker of telephones" in taken
    with Image.open(io.BytesIO(picture_of(taken))) as kept:
        assert kept.format == "JPEG" and kept.size == (60, 40)
        assert not kept.getexif() and set(kept.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert b"telephones" not in picture_of(taken)


def test_a_picture_taken_upright_stays_upright() -> None:
    with Image.open(io.BytesIO(picture_of(photograph(rotate=6)))) as kept:
        assert kept.size == (40, 60)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "This file is not a JPEG or PNG picture"),
        (b"<script>alert(1)</script>", "This file is not a JPEG or PNG picture"),
        (b"\xff\xd8\xff\xe0" + b"PK" * 50, "This file is not|damaged"),
        (photograph()[:200], "damaged or cut off|is not a JPEG"),
        (
            b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(99),
            r"HEIC picture\. On an iPhone choose Settings, Camera, Formats, “Most Compatible”",
        ),
        (bytes(20_000_001), r"has 20\.0 MB"),
    ],
)
def test_what_is_no_picture_is_refused_whatever_its_name(content: bytes, sentence: str) -> None:
    with pytest.raises(RefusedError, match=sentence):
        picture_of(content)


@pytest.mark.parametrize(("width", "sentence"), [(7_000, r"has 7000 × 10000 pixels"), (20_000, "far too many pixels")])
def test_a_picture_that_would_fill_the_memory_is_refused_unread(width: int, sentence: str) -> None:
    out = io.BytesIO()
    Image.new("1", (width, 10_000)).save(out, "PNG")
    with pytest.raises(RefusedError, match=sentence):
        picture_of(out.getvalue())


@given(st.binary(max_size=300))
def test_no_bytes_make_it_fail_without_a_sentence(content: bytes) -> None:
    with pytest.raises(RefusedError):
        picture_of(photograph()[:20] + content)


def test_a_picture_is_kept_once_under_its_digest_for_its_owner(tmp_path: Path) -> None:
    picture = picture_of(photograph())
    assert keep_photo(tmp_path, picture) and not keep_photo(tmp_path, picture)
    path = photo_file(tmp_path, digest_of(picture))
    assert path.read_bytes() == picture and path.stat().st_mode & 0o777 == 0o600
    drop_photo(tmp_path, picture)
    drop_photo(tmp_path, picture)
    assert not path.exists()


@pytest.mark.parametrize("digest", ["", "../../secrets/limoges.key", "A" * 64, "0" * 63])
def test_only_a_digest_names_a_picture(tmp_path: Path, digest: str) -> None:
    with pytest.raises(RefusedError, match="is not the digest of a photograph"):
        photo_file(tmp_path, digest)


HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(99)


def test_a_scan_as_heic_is_told_what_to_do_too() -> None:
    with pytest.raises(RefusedError, match="Most Compatible"):
        check_scan(HEIC)


def test_every_field_for_a_picture_asks_for_what_is_read_so_that_an_iphone_converts() -> None:
    templates = [path.read_text("utf-8") for path in Path(calcitrial.__file__).parent.rglob("templates/**/*.html")]
    fields = [field for text in templates for field in re.findall(r'<input type="file"[^>]*', text)]
    assert len(fields) >= 3
    for field in fields:
        (accepted,) = re.findall(r'accept="([^"]*)"', field)
        if accepted == ".toml":
            continue  # the file of a definition is no picture
        # With image/* or image/heic in the list an iPhone would send the HEIC file as it is.
        assert "image/jpeg" in accepted and "*" not in accepted and "hei" not in accepted
