"""What was known before: one frozen record per report of sodium thiosulfate, with where its numbers were read.

`studies.csv` holds what the public copies show. A value that is not a plain number there ("80 planned",
"1 (SAE)") stays text, and a cell that the copy does not show stays empty or says so. Nothing is filled in.
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from calcitrial.protocol import Problem, refuse

TABLE = Path(__file__).parent / "studies.csv"
NOT_VISIBLE = "not visible in the public copy read"
Number = int | str | None
COLUMNS = (
    *(
        "id",
        "label",
        "first_author",
        "year",
        "source",
        "doi",
        "pmid",
        "design",
        "population",
        "route",
        "drug_conc",
    ),
    *("schedule", "n_patients", "n_lesions", "n_treatments", "outcome_measure", "followup", "responders"),
    *("responder_denom", "responder_definition", "size_effect", "pain_or_global_effect", "ae_text", "ae_n"),
    *("ae_denom", "text_truncated", "meta_ready", "numbers_seen_at", "note"),
)


@dataclass(frozen=True)
class Study:
    """One report: its design, people, route and numbers, whether the copy was cut off, and where it was read.

    Counts are whole numbers where the copy prints one, its own words where it prints something else, and
    None where it shows nothing.
    """

    id: str
    label: str
    first_author: str
    year: Number
    source: str
    doi: str
    pmid: str
    design: str
    population: str
    route: str
    concentration: str
    schedule: str
    n_patients: Number
    n_lesions: Number
    n_treatments: Number
    outcome_measure: str
    followup: str
    responders: Number
    denominator: Number
    definition: str
    size_effect: str
    pain_or_global_effect: str
    ae_text: str
    ae_n: Number
    ae_denominator: Number
    truncated: str
    meta_ready: str
    urls: tuple[str, ...]
    note: str

    @property
    def is_review(self) -> bool:
        """Return whether it is a secondary source, which overlaps the primary reports it reviews."""
        # A "chart review" or a "case report + review" is a primary report.
        secondary = "systematic review" in self.design or "literature review" in self.design
        return secondary or self.meta_ready.startswith("secondary source")

    @property
    def is_case_report(self) -> bool:
        """Return whether it reports one person (or does not say more than one)."""
        return self.n_patients == 1 or "case report" in self.design

    @property
    def is_truncated(self) -> bool:
        """Return whether the copy that was read is cut off."""
        return self.truncated.startswith("yes") and "complete" not in self.truncated


def studies() -> tuple[Study, ...]:
    """Return every report, in the order of the table: intralesional, intravenous, topical, laser, reviews."""
    return _read(TABLE)


def routes() -> tuple[str, ...]:
    """Return the routes as the reports name them, each once."""
    return tuple(dict.fromkeys(study.route for study in studies()))


def by_route(route: str) -> tuple[Study, ...]:
    """Return the reports of exactly this route; RefusedError for a route that no report has.

    Routes are never widened: a lavage, a cream or a drip is not an intralesional injection.
    """
    found = tuple(study for study in studies() if study.route == route)
    if not found:
        known = "; ".join(routes())
        refuse([Problem("route", f"No report has the route {route!r}.", f"The routes are: {known}.")])
    return found


def read_studies(path: Path) -> tuple[Study, ...]:
    """Return the reports in a table of this form; RefusedError when its columns are not COLUMNS, in that order."""
    with path.open(encoding="utf-8", newline="") as lines:
        reader = csv.DictReader(lines)
        refuse(list(_wrong_columns(path.name, reader.fieldnames or ())))
        return tuple(_study(row) for row in reader)


@cache
def _read(path: Path) -> tuple[Study, ...]:
    return read_studies(path)


def _wrong_columns(name: str, columns: Iterable[str]) -> Iterable[Problem]:
    given = tuple(columns)
    missing, extra = [c for c in COLUMNS if c not in given], [c for c in given if c not in COLUMNS]
    if given != COLUMNS:
        what = f"The columns differ: missing {missing}, unknown {extra}."
        yield Problem(name, what, f"Write them in this order: {', '.join(COLUMNS)}.")


def _study(row: Mapping[str, str]) -> Study:
    return Study(
        id=row["id"],
        label=row["label"],
        first_author=row["first_author"],
        year=_number(row["year"]),
        source=row["source"],
        doi=row["doi"],
        pmid=row["pmid"],
        design=row["design"],
        population=row["population"],
        route=row["route"],
        concentration=row["drug_conc"],
        schedule=row["schedule"],
        n_patients=_number(row["n_patients"]),
        n_lesions=_number(row["n_lesions"]),
        n_treatments=_number(row["n_treatments"]),
        outcome_measure=row["outcome_measure"],
        followup=row["followup"],
        responders=_number(row["responders"]),
        denominator=_number(row["responder_denom"]),
        definition=row["responder_definition"],
        size_effect=row["size_effect"],
        pain_or_global_effect=row["pain_or_global_effect"],
        ae_text=row["ae_text"],
        ae_n=_number(row["ae_n"]),
        ae_denominator=_number(row["ae_denom"]),
        truncated=row["text_truncated"],
        meta_ready=row["meta_ready"],
        urls=tuple(url.strip() for url in row["numbers_seen_at"].split(" ; ") if url.strip()),
        note=row["note"],
    )


def _number(text: str) -> Number:
    stripped = text.strip()
    if not stripped:
        return None
    return int(stripped) if stripped.isdecimal() else stripped
