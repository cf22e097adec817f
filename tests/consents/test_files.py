"""What was signed: a drawing or a scan is what it says, and is kept sealed."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from calcitrial.consents import keep_signed, read_signed
from calcitrial.consents.files import check_drawing, check_scan, signed_file, type_of
from calcitrial.identity import Vault, open_vault
from calcitrial.protocol import RefusedError

from .drawing import png


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return open_vault(tmp_path, lambda: datetime(2026, 6, 1, 9, tzinfo=UTC))


def test_a_signature_is_a_drawing_and_a_scan_is_a_scan(tmp_path: Path, vault: Vault) -> None:
    check_drawing(png(strokes=True))
    for content, sentence in (
        (png(strokes=False), "is empty"),
        (b"GIF89a", "did not arrive"),
        (png(strokes=True, width=5000), "did not arrive"),
        (png(strokes=True)[:40], "did not arrive"),
        (b"", "did not arrive"),
    ):
        with pytest.raises(RefusedError, match=sentence):
            check_drawing(content)
    check_scan(b"%PDF-1.7 signed")
    with pytest.raises(RefusedError, match="no PDF, PNG or JPEG"):
        check_scan(b"MZ program")
    with pytest.raises(RefusedError, match="10000001 bytes"):
        check_scan(b"%PDF-" + b"x" * 9_999_996)
    assert type_of(b"\xff\xd8\xff\xe0") == "image/jpeg"
    digest = keep_signed(vault, tmp_path / "c", "limoges", "LIM-001A", b"%PDF-1.7 signed")
    path = signed_file(tmp_path / "c", digest)
    assert b"signed" not in path.read_bytes()
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(RefusedError, match="cannot be opened"):
        read_signed(vault, tmp_path / "c", "limoges", "LIM-001A", digest)
    path.unlink()
    with pytest.raises(RefusedError, match="is not there"):
        read_signed(vault, tmp_path / "c", "limoges", "LIM-001A", digest)
