"""The key of a home: what signs its sessions and seals what must not lie open in its database."""

import base64
import hashlib
import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

KEY_FILE = "server.key"


def key_of(home: Path) -> str:
    """Return the key of a home, made at its first use and readable by its owner only; it outlives a restart.

    Of two processes that make it at once, the first one's key stands. Without a folder, the key is a passing one.
    """
    path = home / KEY_FILE
    if not home.is_dir():
        return secrets.token_urlsafe(50)
    if not path.is_file():
        mine = home / f"{KEY_FILE}.{secrets.token_hex(8)}.part"
        with os.fdopen(os.open(mine, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(50))
        try:
            os.link(mine, path)
        except FileExistsError:
            pass
        finally:
            mine.unlink()
    return path.read_text("utf-8")


def seal(text: str) -> str:
    """Return a text sealed with the key of the home that is connected."""
    return _safe().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """Return what was sealed; '' when the key is another one or the text was altered."""
    try:
        return _safe().decrypt(sealed.encode()).decode()
    except InvalidToken:
        return ""


def _safe() -> Fernet:
    key = os.environ.get("CALCITRIAL_SECRET_KEY") or key_of(Path(os.environ.get("CALCITRIAL_HOME", "calcitrial-home")))
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"calcitrial.people " + key.encode()).digest()))
