"""Where the home of these pages is."""

import os
from pathlib import Path

from django.conf import settings


def home() -> Path:
    """Return the home whose record is connected, which a process may change after the settings were read."""
    return Path(os.environ.get("CALCITRIAL_HOME") or settings.HOME)
