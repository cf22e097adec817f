"""A home for the measurements of the clinic: one study, simulated people at sites, and accounts with grants."""

import http.client
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.web.people import ANSWERS

from calcitrial.people import Grant, NewAccount, Training, add_account, grant, record_training
from calcitrial.protocol import load
from calcitrial.record import Author, Draft, Gateway, Place, now, open_study

STUDY = "stsinj"
PASSWORD = "a simulated pass phrase"
SITES = ("SIMULATED Bern", "SIMULATED Limoges", "SIMULATED Lyon", "SIMULATED Pittsburgh")
BY = Author("bench", "study_nurse")
KEEPER = Author("keeper of the home", "administrator")
OWN, SHARED = 2, 2  # participants of each person who enters, and those of a whole site
# Of each hundred people: who they are. The rest are study nurses.
ROLES = {"investigator": 10, "data_manager": 8, "monitor": 2}


@dataclass(frozen=True)
class Person:
    """One simulated person who works: the participants that only they enter for, and those of the whole site."""

    name: str
    role: str
    site: str
    own: tuple[str, ...]
    shared: tuple[str, ...]


def person_drafts(code: str, site: str, baseline: date) -> list[Draft]:
    """Return the forms of one enrolled participant with two lesions and two visits, the third visit being due."""
    drafts = [
        Draft(Place(code, "screening"), ANSWERS | {"site": site, "age_years": 40, "screening_date": str(baseline)}),
        Draft(Place(code, "enrolment"), {"enrolment_date": str(baseline)}),
    ]
    where = {"body_site": "knee", "side": "left", "view": "front", "map_x": 0.4, "map_y": 0.6, "role": "target"}
    drafts += [Draft(Place(code, "lesion", lesion=f"{code}-L{number}"), where) for number in (1, 2)]
    for visit, day in (("BL", 0), ("W04", 28)):
        drafts.append(Draft(Place(code, "visit", visit), {"visit_date": str(baseline + timedelta(days=day))}))
        drafts.append(Draft(Place(code, "pain", visit), {"pain_nrs": 5}))
    medicine = {"cm_name": "colchicine", "cm_ongoing": True}
    return [*drafts, Draft(Place(code, "conmed", repeat="CM1"), medicine)]


def fill(users: int) -> list[Person]:
    """Open the study in the connected home, enter its participants, and make accounts with training and grant."""
    gateway, baseline = open_study(load(STUDY), "bench"), now().date() - timedelta(days=56)
    shared = {site: tuple(f"S{place}-{n:02d}" for n in range(SHARED)) for place, site in enumerate(SITES)}
    for site, codes in shared.items():
        gateway.enter([draft for code in codes for draft in person_drafts(code, site, baseline)], BY)
    people = []
    for number in range(users):
        role, site = _role(number, users), SITES[number % len(SITES)]
        enters = role in ("study_nurse", "investigator")
        own = tuple(f"P{number:03d}-{n}" for n in range(OWN)) if enters else ()
        if own:
            gateway.enter([draft for code in own for draft in person_drafts(code, site, baseline)], BY)
        people.append(Person(f"user{number:03d}", role, site if enters else "", own, shared[site]))
        _account(gateway, people[-1])
    return people


def _role(number: int, users: int) -> str:
    ends, share = 0, number * 100 // users
    for role, count in ROLES.items():
        ends += count
        if share < ends:
            return role
    return "study_nurse"


def _account(gateway: Gateway, one: Person) -> None:
    add_account(NewAccount(one.name, f"{one.name} (simulated)", "simulated"), "bench", PASSWORD)
    record_training(gateway, Training(one.name, "GCP", date(2020, 1, 1)), KEEPER)
    grant(gateway, Grant(one.name, one.role, one.site, date(2020, 1, 1)), KEEPER, "works here")


@dataclass(frozen=True)
class Served:
    """A server: its port, and the process that began it."""

    port: int
    process: int

    def cpu(self) -> float:
        """Return the seconds of processor time that its processes have used so far, without those of a database."""
        parents, used = {}, {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                words = stat.read_text().rpartition(")")[2].split()
            except OSError:  # it ended meanwhile
                continue
            number = int(stat.parent.name)
            parents[number], used[number] = int(words[1]), (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")
        mine = {self.process}
        while more := {one for one, parent in parents.items() if parent in mine} - mine:
            mine |= more
        return sum(used.get(one, 0) for one in mine)


@contextmanager
def served(home: Path, address: str) -> Iterator[Served]:
    """Serve a home as `calcitrial serve` does, in processes of its own."""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "CALCITRIAL_DATABASE": address}
    words = [sys.executable, "-m", "calcitrial", "serve", "--home", str(home), "--port", "8790"]
    log = home / "served.log"
    with log.open("w") as out:
        process = subprocess.Popen(words, stdout=out, stderr=out, env=environment)
    try:
        yield Served(_port(log, process), process.pid)
    finally:
        process.terminate()
        process.wait(30)


def _port(log: Path, process: "subprocess.Popen[bytes]") -> int:
    for _try in range(600):
        said = re.search(r"at http://127\.0\.0\.1:(\d+)/", log.read_text())
        if said and _answers(int(said[1])):
            return int(said[1])
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise SystemExit(f"The server did not start: {log.read_text()}")


def _answers(port: int) -> bool:
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        link.request("GET", "/sign-in/")
        return link.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        link.close()
