"""The evidence base: one TOML file per report, those that ship and those that a home adds.

Adding a report is adding one file, `HOME/evidence/NAME.toml`; everything that is said from the base (claims, pooled
shares, public pages) follows at its next making. A file that does not fit is refused with all its problems.
"""

import tomllib
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from calcitrial.evidence.study import Study, faults
from calcitrial.protocol import Problem, RefusedError, refuse
from calcitrial.whole_file import write_whole

REPORTS = Path(__file__).parent / "reports"
ORDER = ("IL", "IV", "TO", "LA", "RV")
MOST_BYTES = 200_000
WORDS = {
    "missing": "It is missing.",
    "extra_forbidden": "No report has such a key.",
    "literal_error": "The value is not possible here.",
}


@cache
def shipped() -> tuple[Study, ...]:
    """Return the reports that ship, by route: intralesional, intravenous, topical, laser, reviews."""
    found = [read_report(path) for path in REPORTS.glob("*.toml")]
    return tuple(sorted(found, key=lambda study: (ORDER.index(study.id[:2]), study.id)))


def studies(home: Path | None = None) -> tuple[Study, ...]:
    """Return the reports that ship and after them those of a home; RefusedError with all problems of its files."""
    folder = home / "evidence" if home else None
    if folder is None or not folder.is_dir():
        return shipped()
    found, problems = list(shipped()), list[Problem]()
    for path in sorted(folder.glob("*.toml")):
        try:
            found.append(read_report(path))
        except RefusedError as error:
            problems += error.problems
    refuse(problems + list(_contradictions(found)))
    return tuple(found)


def read_report(path: Path) -> Study:
    """Return the report in a file; RefusedError with every problem of it."""
    try:
        content = path.read_bytes()
        if len(content) > MOST_BYTES:
            refuse([Problem(path.name, f"The file has {len(content)} bytes.", f"A report has {MOST_BYTES} at most.")])
        raw = tomllib.loads(content.decode("utf-8"))
    except FileNotFoundError:
        raise RefusedError([Problem(path.name, "There is no such file.", "Check the name.")]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RefusedError([Problem(path.name, f"This is not TOML: {error}.", "Mend that line.")]) from None
    try:
        study = Study.model_validate(raw)
    except ValidationError as error:
        raise RefusedError([_problem(path.name, dict(fault)) for fault in error.errors()]) from None
    refuse([Problem(f"{path.name}.{place}", what, instead) for place, what, instead in faults(study)])
    return study


def add_report(path: Path, home: Path) -> Study:
    """Put a report into a home's base and return it; RefusedError when it does not fit, or its id is taken."""
    study = read_report(path)
    refuse(list(_contradictions([*studies(home), study])))
    folder = home / "evidence"
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / f"{study.id}.toml", path.read_bytes())
    return study


def routes(reports: Iterable[Study] | None = None) -> tuple[str, ...]:
    """Return the routes as the reports name them, each once."""
    return tuple(dict.fromkeys(study.route for study in (shipped() if reports is None else reports)))


def by_route(route: str, reports: Sequence[Study] | None = None) -> tuple[Study, ...]:
    """Return the reports of exactly this route; RefusedError for a route that no report has.

    Routes are never widened: a lavage, a cream or a drip is not an intralesional injection.
    """
    base = shipped() if reports is None else reports
    found = tuple(study for study in base if study.route == route)
    if not found:
        known = "; ".join(routes(base))
        refuse([Problem("route", f"No report has the route {route!r}.", f"The routes are: {known}.")])
    return found


def by_population(condition: str, reports: Sequence[Study]) -> tuple[Study, ...]:
    """Return the reports about people with a condition, some of them or all; RefusedError when none is."""
    found = tuple(study for study in reports if condition in study.conditions)
    if not found:
        known = ", ".join(sorted({one for study in reports for one in study.conditions}))
        refuse(
            [Problem("population", f"No report is about people with {condition!r}.", f"Reports are about: {known}.")]
        )
    return found


def _contradictions(reports: Sequence[Study]) -> Iterator[Problem]:
    seen: set[str] = set()
    known = {study.id for study in reports}
    for study in reports:
        if study.id in seen:
            yield Problem(study.id, "Two reports have this id.", "Give the new one an id of its own.")
        seen.add(study.id)
        if study.superseded_by and study.superseded_by not in known:
            what = f"It says that {study.superseded_by!r} replaces it, and there is no such report."
            yield Problem(study.id, what, "Add that report, or remove superseded_by.")


def _problem(name: str, fault: dict[str, Any]) -> Problem:
    steps = [
        str(step + 1) if isinstance(step, int) else str(step) for step in fault["loc"] if step not in ("int", "str")
    ]
    place, kind = ".".join([name, *steps]), str(fault["type"])
    expected = str(fault.get("ctx", {}).get("expected", ""))
    value = "" if kind == "missing" else f" The value is {str(fault.get('input'))[:60]!r}."
    instead = f"Write {expected}." if expected else "See the reports that ship for an example."
    return Problem(place, WORDS.get(kind, f"{fault['msg']}.") + value, instead)
