"""The command that lets a reader in prints a link that opens, for readers of the plan only."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.test import Client
from typer.testing import CliRunner

from calcitrial.commands import app
from calcitrial.protocol import RefusedError

from .conftest import client_of


@pytest.fixture
def home(reading_home: Path, tmp_path: Path) -> Path:
    shutil.copytree(reading_home, tmp_path / "home")
    return tmp_path / "home"


def said(home: Path, *words: str) -> str:
    result = CliRunner().invoke(app, ["reading", "link", "stsinj", *words, "--home", str(home)])
    if result.exception:
        raise result.exception
    return result.output


def clients(home: Path) -> Iterator[Client]:
    yield from client_of(home)


def test_the_printed_link_opens_the_list(home: Path) -> None:
    text = said(home, "R2", "--port", "8123")
    address = urlsplit(text.split()[0])
    assert address.netloc == "127.0.0.1:8123" and "R2, who has 6 cases" in text
    for client in clients(home):
        assert client.post(address.path)["Location"] == "/stsinj/reading/"
        assert "0 of 6 read" in client.get("/stsinj/reading/").content.decode()


def test_machines_get_the_link_as_json(home: Path) -> None:
    content = json.loads(said(home, "R1", "--json", "-"))
    assert (content["study"], content["reader"], content["days"]) == ("stsinj", "R1", 14)
    assert content["address"].startswith("http://127.0.0.1:8000/reading/door/")


def test_somebody_who_does_not_read_gets_none(home: Path) -> None:
    before = list(home.glob("links/*"))
    with pytest.raises(RefusedError, match=r"'N\. Example' is not a reader of stsinj"):
        said(home, "N. Example")
    assert list(home.glob("links/*")) == before
