"""A small study on each database, and a nurse of its first site in front of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client

from calcitrial.protocol import Protocol
from tests.clinic.small_clinic import SITE, browser, fill_clinic
from tests.signing_in import sign_in


@pytest.fixture
def nurse(home: Path, stsinj: Protocol) -> Iterator[Client]:
    """A study nurse of the first site, in a study of two people at two sites."""
    fill_clinic(stsinj)
    client = browser()
    sign_in(client, "stsinj", "study_nurse", SITE, "nora")
    yield client
