"""The key store: made once, for its owner only, and never another secret than the committed one."""

from pathlib import Path
from threading import Barrier, Thread

import pytest
from django.db import connection

from calcitrial.lesions import activate, commitment, committed, secret_of
from calcitrial.protocol import RefusedError
from calcitrial.record import gateway, make_cut, open_study
from tests.lesions.test_allocation import BETWEEN, MANAGER, SECRET


def test_activation_makes_a_secret_for_its_owner_and_enters_its_digest_alone(home: Path) -> None:
    door = open_study(BETWEEN, "test")
    with pytest.raises(RefusedError, match="not activated"):
        secret_of(home, door)
    activate(door, home, MANAGER)
    path = home / "secrets" / "limoges.key"
    assert path.stat().st_mode & 0o777 == 0o600 and path.parent.stat().st_mode & 0o777 == 0o700
    secret = secret_of(home, door)
    assert len(secret) == 32 and committed(door) == commitment(secret)
    assert secret.hex() not in make_cut("limoges", "test").text().decode()
    with pytest.raises(RefusedError, match="activated before"):
        activate(door, home, MANAGER)
    assert secret_of(home, door) == secret and [p.name for p in path.parent.iterdir()] == ["limoges.key"]


def test_a_secret_whose_entry_failed_is_committed_to_the_next_time(home: Path) -> None:
    (home / "secrets").mkdir()
    path = home / "secrets" / "limoges.key"
    path.write_text(SECRET.hex() + "\n")
    path.chmod(0o600)
    door = open_study(BETWEEN, "test")
    activate(door, home, MANAGER)
    assert secret_of(home, door) == SECRET


def test_two_who_activate_at_once_make_one_secret(home: Path) -> None:
    open_study(BETWEEN, "test")
    ready, told = Barrier(2), []

    def act() -> None:
        try:
            ready.wait(30)
            activate(gateway("limoges", "test"), home, MANAGER)
            told.append("made")
        except RefusedError as error:
            told.append(str(error))
        finally:
            connection.close()

    threads = [Thread(target=act) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(told)[1] == "made" and "activated before" in sorted(told)[0]
    assert secret_of(home, gateway("limoges", "test"))


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda path: path.unlink(), "is not in this home"),
        (lambda path: path.chmod(0o644), r"Others than its owner may read the allocation secret \(mode 644\)"),
        (lambda path: path.write_text("00" * 32), "not the one that the study committed to"),
        (lambda path: path.write_text("no secret"), "does not hold hexadecimal text"),
    ],
)
def test_a_spoiled_key_store_draws_nothing(home: Path, spoil, sentence: str) -> None:
    door = open_study(BETWEEN, "test")
    activate(door, home, MANAGER)
    spoil(home / "secrets" / "limoges.key")
    with pytest.raises(RefusedError, match=sentence):
        secret_of(home, door)


def test_a_study_that_allocates_nobody_has_no_secret(home: Path, stsinj) -> None:
    with pytest.raises(RefusedError, match="allocates nobody"):
        activate(open_study(stsinj, "test"), home, MANAGER)
    assert not (home / "secrets").exists()
