"""The demo: two trials with simulated participants, through the same gateway and the same measuring code.

Nothing here writes beside the record. Virtual participants are drawn, their phantoms are written as DICOM
series, read and measured; then every act (screening, visit, injection, measurement, adverse event) is
entered in the order of its date, with the simulated date as clock, so that one seed gives one cut digest.
"""

import hashlib
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from calcitrial import verbs
from calcitrial.analysis import Analysis, analysis_json
from calcitrial.demonstration.consents import consent_acts, with_minors
from calcitrial.demonstration.desks import desk_acts
from calcitrial.demonstration.diary import diary_acts
from calcitrial.demonstration.people import SITES, enter_staff
from calcitrial.demonstration.photographs import photograph_acts, state_acts
from calcitrial.design import MANAGER, Act, Course, Scan, Scanned, course_of, draw, scan, scenario_of, simulate_reads
from calcitrial.protocol import Problem, RefusedError, load, refuse
from calcitrial.reading import Plan as ReadingPlan
from calcitrial.reading import open_reading
from calcitrial.record import SQLITE_FILE, Cut, Gateway, close, open_study, studies
from calcitrial.reporting import ReportPaths
from calcitrial.version import __version__

MARK = "SIMULATED"
NOTICE = "Everything in this home is SIMULATED by `calcitrial demo`. No person is described here.\n"
# The last day that is told. The trial is alive then: everybody enrolled has had W12, the first have completed.
UNTIL = date(2026, 11, 20)
# From the first screening to the last day: 14 to baseline, 5 for each person more, 84 to W12, and 47 more.
BASELINE, APART, REST = 14, 5, 84 + 47


@dataclass(frozen=True)
class Plan:
    """One trial of the demo: its protocol, the chosen control, and whether it has readers."""

    study: str
    control: str
    reads: bool = False


PLANS = (Plan("stsinj", "", reads=True), Plan("limoges", "concurrent_untreated"))
# The reads of the other trial have a plan too; nobody has read a case of it yet.
UNREAD = ReadingPlan(("rita.reader", "simulated-reader-D"), "", seed=1, repeat_share=0.2, limit_percent=20.0)
MADE = ("images", "reports", "secrets", "reads", "links", "vault", "consents", "photos", "policies", "diary-links")


@dataclass
class Clock:
    """The simulated clock: the gateway reads it, and every act sets it to its own moment."""

    moment: datetime = field(default_factory=lambda: datetime(2026, 1, 1, tzinfo=UTC))

    def read(self) -> datetime:
        """Return the simulated moment."""
        return self.moment

    def go_on(self) -> None:
        """Let five minutes pass."""
        self.moment += timedelta(minutes=5)


@dataclass(frozen=True)
class Trial:
    """What the demo made of one trial."""

    study: str
    cut: Cut
    analysis: Analysis | None
    refusal: str
    report: ReportPaths


@dataclass(frozen=True)
class Demonstration:
    """What the demo made, and the seconds that each stage took."""

    home: Path
    trials: tuple[Trial, ...]
    seconds: dict[str, float]

    def text(self) -> str:
        """Return where things are, what came out, and what to type next."""
        lines = ["", f"SIMULATED participants. Home: {self.home}"]
        for trial in self.trials:
            lines += [
                "",
                f"{trial.study}: {trial.analysis.estimate if trial.analysis else trial.refusal}",
                f"  cut     {trial.cut.sequence} submissions, digest {trial.cut.digest}",
                f"  report  {trial.report.html}",
                f"          {trial.report.pdf}",
                f"  images  {self.home / 'images' / trial.study}",
                f"  why     calcitrial why {trial.study} --home {self.home}",
            ]
        return "\n".join([*lines, ""])

    def to_json(self) -> dict[str, Any]:
        """Return the same for machines."""
        return {
            "home": str(self.home),
            "seconds": self.seconds,
            "trials": [
                {
                    "study": trial.study,
                    "cut": trial.cut.manifest(),
                    "estimate": analysis_json(trial.analysis)["estimate"] if trial.analysis else None,
                    "refusal": trial.refusal,
                    "report": {name: str(path) for name, path in vars(trial.report).items()},
                }
                for trial in self.trials
            ],
        }


def run(home: Path, participants: int, seed: int, console: Console, database: str = "") -> Demonstration:
    """Run both trials into a home and return what was made; a demo home is made anew.

    Raises RefusedError when home or database holds anything that is not a demo's.
    """
    prepare(home)
    verbs.open(home, database, create=True)
    _refuse_what_is_real(home, also_simulated=True)
    seconds: dict[str, float] = {}
    columns = (TextColumn("{task.description:<34}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bars:
        trials = tuple(run_trial(plan, home, participants, seed, bars, seconds) for plan in PLANS)
    return Demonstration(home, trials, seconds)


def prepare(home: Path) -> None:
    """Make an empty demo home; refuse to touch one that real people's data could be in."""
    mark = home / MARK
    if home.exists() and any(home.iterdir()):
        if not mark.is_file():
            what = "This folder is not empty and not a demo's."
            refuse([Problem(str(home), what, "Name another --home, or an empty one.")])
        if (home / SQLITE_FILE).is_file() and (home / SQLITE_FILE).stat().st_size:
            verbs.open(home)
            _refuse_what_is_real(home)
            close()
        for made in MADE:
            shutil.rmtree(home / made, ignore_errors=True)
        for part in home.glob(f"{SQLITE_FILE}*"):
            part.unlink()
    home.mkdir(parents=True, exist_ok=True)
    mark.write_text(NOTICE, "utf-8")


def _refuse_what_is_real(home: Path, *, also_simulated: bool = False) -> None:
    """Refuse when the open record holds a study that no demo made: it could be of real people.

    A demo home is the default home, so somebody may have opened a study of their own in it since. In a
    PostgreSQL database, which the demo does not empty, `also_simulated` refuses any study.
    """
    for study in studies():
        sites = set(verbs.cut(study).table("screening")["site"])
        made_here = study in {plan.study for plan in PLANS} and sites <= {SITES[study].id}
        if also_simulated or not made_here:
            what = f"The record holds the study {study}, which this demo did not make."
            refuse([Problem(str(home), what, "Name another --home, or an empty database.")])


def run_trial(plan: Plan, home: Path, participants: int, seed: int, bars: Progress, seconds: dict[str, float]) -> Trial:
    """Run one trial: draw people, scan and measure, enter every act in order, analyse and report."""
    clock, gateway = _door(plan, seed)
    enter_staff(gateway, clock.read)
    secret = _secret(home, plan.study, seed)
    with stage(bars, seconds, "drawing", f"{plan.study}: drawing participants", 1) as step:
        people = draw(scenario_of(gateway.protocol, participants), np.random.default_rng([seed, _number(plan.study)]))
        start = UNTIL - timedelta(days=BASELINE + APART * (participants - 1) + REST)
        people = with_minors(people, plan.study)
        course = course_of(gateway.protocol, SITES[plan.study].id, people, secret, start, UNTIL)
        acts = everything(course, home, seed)
        step()
    scanned = _scan_all(plan, home, course, bars, seconds)
    with stage(bars, seconds, "entering", f"{plan.study}: entering the record", len(acts)) as step:
        for act in acts:
            clock.moment = act.moment
            act.enter(gateway, secret, scanned)
            step()
    if plan.reads:
        with stage(bars, seconds, "reading", f"{plan.study}: simulated readers", 1) as step:
            errors = np.random.default_rng([seed, _number(plan.study), 2])
            simulate_reads(gateway, home, scanned, errors, MANAGER, clock.go_on)
            step()
    else:
        clock.go_on()
        open_reading(plan.study, UNREAD, MANAGER, door=gateway)
    with stage(bars, seconds, "reporting", f"{plan.study}: analysis and report", 3) as step:
        cut = verbs.cut(plan.study)
        step()
        result, refusal = _answer(cut)
        step()
        written = verbs.report(cut, home / "reports" / plan.study)
        step()
    return Trial(plan.study, cut, result, refusal, written)


def everything(course: Course, home: Path, seed: int) -> list[Act]:
    """Return the acts of a course with those of consents, diaries, photographs and desks, in order of their moments."""
    beside = (
        *consent_acts(course, home, seed),
        *diary_acts(course, seed),
        *photograph_acts(course, home),
        *state_acts(course, home),
        *desk_acts(course, home),
    )
    done = (act for act in beside if act.moment.date() <= course.until)
    return sorted((*course.acts, *done), key=lambda act: act.moment)


def _answer(cut: Cut) -> tuple[Analysis | None, str]:
    """Return the analysis of the primary endpoint, or why so few participants cannot carry it."""
    try:
        return verbs.analyse(cut), ""
    except RefusedError as error:
        return None, str(error)


@contextmanager
def stage(bars: Progress, seconds: dict[str, float], name: str, words: str, steps: int) -> Iterator[Callable[[], None]]:
    """Show a progress bar for one stage and add its time to `seconds[name]`; gives the call that advances it."""
    task = bars.add_task(words, total=steps)
    start = time.perf_counter()
    yield lambda: bars.advance(task)
    seconds[name] = seconds.get(name, 0.0) + time.perf_counter() - start


def _door(plan: Plan, seed: int) -> tuple[Clock, Gateway]:
    """Return the simulated clock and the gateway that reads it; salts come from the seed."""
    clock = Clock()
    salts = np.random.default_rng([seed, _number(plan.study), 1])
    # The shipped sites are real places; the simulated people have one of their own.
    protocol = load(plan.study, plan.control).model_copy(update={"sites": (SITES[plan.study],)})
    salt, follows = (lambda: salts.bytes(16).hex()), verbs.FOLLOWS
    return clock, open_study(protocol, __version__, clock=clock.read, salt=salt, rules=verbs.RULES, follows=follows)


def _number(study: str) -> int:
    """Return a number of its own for each study, so that one seed does not draw the same people twice."""
    return int.from_bytes(hashlib.sha256(study.encode()).digest()[:4], "big")


def _secret(home: Path, study: str, seed: int) -> bytes:
    """Return the allocation secret, kept in the home where only its owner reads it."""
    secret = hashlib.sha256(f"{MARK} {study} {seed}".encode()).digest()
    folder = home / "secrets"
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / f"{study}.key"
    path.write_text(secret.hex() + "\n", "ascii")
    path.chmod(0o600)
    return secret


def _scan_all(plan: Plan, home: Path, course: Course, bars: Progress, seconds: dict[str, float]) -> dict[str, Scanned]:
    orders: tuple[Scan, ...] = course.scans(home / "images" / plan.study)
    found: dict[str, Scanned] = {}
    words = f"{plan.study}: CT phantoms, DICOM, measuring"
    with stage(bars, seconds, "imaging", words, len(orders)) as step:
        for order in orders:
            found[order.key] = scan(order)
            step()
    seconds["writing DICOM"] = seconds.get("writing DICOM", 0.0) + sum(s.seconds_writing for s in found.values())
    seconds["measuring"] = seconds.get("measuring", 0.0) + sum(s.seconds_measuring for s in found.values())
    return found
