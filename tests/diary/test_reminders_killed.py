"""A run of reminders that is killed while a mail is under way: nobody is written to twice, and the link opens."""

import os
import re
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from calcitrial.diary import Contact, open_link, remind
from calcitrial.protocol import Protocol
from calcitrial.record import Place, history, read_head
from calcitrial.verbs import door

from .diary_home import CODE, Clock, begin

EVENING = datetime(2026, 1, 13, 22, tzinfo=UTC)
PAGES = "https://diary.example.org"
# Another process sends: it writes down what it would have mailed, and dies before or after that.
RUN = """
import os, signal, sys
from dataclasses import replace
from datetime import UTC, datetime
from calcitrial import verbs
from calcitrial.diary import Contact, remind
verbs.open(os.environ["CALCITRIAL_HOME"], os.environ.get("CALCITRIAL_DATABASE", ""))
def send(to, subject, text):
    if sys.argv[2] == "after":
        open(sys.argv[1], "w").write(text)
    os.kill(os.getpid(), signal.SIGKILL)
door = replace(verbs.door("stsinj"), clock=lambda: datetime(2026, 1, 13, 22, tzinfo=UTC))
remind(door, lambda study, code: Contact("x@example.org", "en"), "https://diary.example.org", send)
"""


def reached(_study: str, _code: str) -> Contact:
    return Contact("x@example.org", "en")


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_while_the_mail_is_under_way(home: Path, stsinj: Protocol, tmp_path: Path, when: str) -> None:
    clock, mails = Clock(EVENING), list[str]()
    begin(stsinj, clock)
    ran = [sys.executable, "-c", RUN, str(tmp_path / "mail"), when]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    assert subprocess.run(ran, env=environment, timeout=120).returncode == -signal.SIGKILL
    assert list((home / "reminders" / "stsinj").glob("*.json")) and not history("stsinj", day(EVENING))

    def send(_to: object, _subject: str, text: str) -> None:
        mails.append(text)

    gateway = begin_again(clock)
    done = remind(gateway, reached, PAGES, send)
    assert done.sent == () and mails == [] and "under way" in done.left[CODE], "none rather than two"
    assert history("stsinj", day(EVENING)) and not list((home / "reminders" / "stsinj").iterdir())
    if when == "after":
        token = re.search(r"/d/([^/]+)/", (tmp_path / "mail").read_text())
        assert token and open_link(token[1], clock()) is not None, "the link in the mail opens"
    head = read_head("stsinj").sequence
    assert remind(gateway, reached, PAGES, send).sent == () and read_head("stsinj").sequence == head
    clock.moment += timedelta(days=1)
    assert remind(gateway, reached, PAGES, send).sent == (CODE,) and len(mails) == 1, "the next day brings another"


def day(moment: datetime) -> Place:
    return Place(CODE, "reminder", repeat=moment.date().isoformat())


def begin_again(clock: Clock):  # type: ignore[no-untyped-def]
    from dataclasses import replace

    return replace(door("stsinj"), clock=clock)
