"""Serving: on this computer only, on a free port, and a home that is there."""

import socket
from pathlib import Path

import pytest

from calcitrial.protocol import RefusedError
from calcitrial.web import serve
from calcitrial.web.serve import free_port


def test_a_free_port_is_taken_as_it_is() -> None:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port = trial.getsockname()[1]
    assert free_port("127.0.0.1", port) == port


def test_the_next_free_port_is_found() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert port < free_port("127.0.0.1", port) < port + 50


def test_no_free_port_is_a_sentence() -> None:
    with pytest.raises(RefusedError, match=r"No port from 65536 to 65585 is free. Name another with --port."):
        free_port("127.0.0.1", 65536)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "example.org"])
def test_a_host_that_others_reach_is_refused(tmp_path: Path, host: str) -> None:
    with pytest.raises(RefusedError, match="can be reached from other computers"):
        serve(tmp_path, host=host)


def test_a_folder_without_a_record_is_refused_and_left_alone(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="There is no calcitrial home here"):
        serve(tmp_path / "none")
    assert not (tmp_path / "none").exists()
