"""Adverse events as SDTM domain AE (SDTMIG 3.4) in CDISC Dataset-JSON 1.1.

Lesions are named by FOCID, which SDTM allows in every observation class and which stands before AESEQ. CTCAE
terms and organ classes are written as reported; AEDECOD, which SDTM requires, needs the licensed MedDRA
dictionary and stays empty until a coder fills it. AESTDY counts from the first injection (the reference start
of the participant): day 1 is that day, and there is no day 0.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson

from calcitrial.record import Cut
from calcitrial.safety import adverse_events, exposure, term

VERSION = "1.1.0"
# CDISC controlled terminology, codelist OUT (C66768).
OUTCOMES = {
    "recovered": "RECOVERED/RESOLVED",
    "recovering": "RECOVERING/RESOLVING",
    "not recovered": "NOT RECOVERED/NOT RESOLVED",
    "recovered with sequelae": "RECOVERED/RESOLVED WITH SEQUELAE",
    "fatal": "FATAL",
    "unknown": "UNKNOWN",
}


@dataclass(frozen=True)
class Variable:
    """One SDTM variable: name, label, physical type, and its place in the key of the data set (0: none)."""

    name: str
    label: str
    type: str = "string"
    key: int = 0


AE = (
    Variable("STUDYID", "Study Identifier", key=1),
    Variable("DOMAIN", "Domain Abbreviation"),
    Variable("USUBJID", "Unique Subject Identifier", key=2),
    Variable("FOCID", "Focus of Study-Specific Interest"),
    Variable("AESEQ", "Sequence Number", "integer", key=3),
    Variable("AESPID", "Sponsor-Defined Identifier"),
    Variable("AETERM", "Reported Term for the Adverse Event"),
    Variable("AEDECOD", "Dictionary-Derived Term"),
    Variable("AEBODSYS", "Body System or Organ Class"),
    Variable("AESER", "Serious Event"),
    Variable("AEREL", "Causality"),
    Variable("AEOUT", "Outcome of Adverse Event"),
    Variable("AETOXGR", "Standard Toxicity Grade"),
    Variable("AESTDTC", "Start Date/Time of Adverse Event", "date"),
    Variable("AESTDY", "Study Day of Start of Adverse Event", "integer"),
)


def ae_dataset(cut: Cut, made_at: datetime) -> dict[str, Any]:
    """Return the AE data set of a cut as the content of a Dataset-JSON 1.1 file, made at `made_at` (UTC).

    Raises RefusedError when the protocol has no form `adverse_event`.
    """
    rows = [[record[variable.name] for variable in AE] for record in ae_records(cut)]
    return {
        "datasetJSONCreationDateTime": made_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "datasetJSONVersion": VERSION,
        "fileOID": f"calcitrial/{cut.study}/{cut.digest}/ae",
        "originator": "calcitrial",
        "sourceSystem": {"name": "calcitrial", "version": cut.code_version},
        "studyOID": cut.study,
        "itemGroupOID": "IG.AE",
        "records": len(rows),
        "name": "AE",
        "label": "Adverse Events",
        "columns": [_column(variable, [row[place] for row in rows]) for place, variable in enumerate(AE)],
        "rows": rows,
    }


def ae_dataset_text(cut: Cut, made_at: datetime) -> bytes:
    """Return the same as the bytes of the file `ae.json`."""
    return orjson.dumps(ae_dataset(cut, made_at))


def ae_records(cut: Cut) -> list[dict[str, Any]]:
    """Return one record per adverse event, SDTM variables by name; AESEQ counts each person's events from 1."""
    starts = _first_injections(cut)
    events = sorted(adverse_events(cut).iter_rows(named=True), key=_order)
    records: list[dict[str, Any]] = []
    previous, sequence = "", 0
    for event in events:
        sequence = sequence + 1 if event["participant"] == previous else 1
        previous = event["participant"]
        records.append(_record(cut.study, event, sequence, starts.get(previous)))
    return records


def study_day(day: date, start: date | None) -> int | None:
    """Return the SDTM study day: 1 on the reference start, -1 the day before; None without a reference start."""
    if start is None:
        return None
    days = (day - start).days
    return days + 1 if days >= 0 else days


def _first_injections(cut: Cut) -> dict[str, date]:
    first: dict[str, date] = {}
    for injection in exposure(cut).injections:
        if injection.day is not None:
            first[injection.participant] = min(first.get(injection.participant, injection.day), injection.day)
    return first


def _order(event: Mapping[str, Any]) -> tuple[str, list[tuple[int, str]]]:
    """Sort AE2 before AE10, so that a later event never takes the AESEQ of an earlier one."""
    parts = re.findall(r"\d+|\D+", event["repeat"])
    return event["participant"], [(int(part), "") if part.isdecimal() else (0, part) for part in parts]


def _record(study: str, event: Mapping[str, Any], sequence: int, start: date | None) -> dict[str, Any]:
    known = term(event["term"])
    return {
        "STUDYID": study,
        "DOMAIN": "AE",
        "USUBJID": f"{study}-{event['participant']}",
        "FOCID": event["lesion"],
        "AESEQ": sequence,
        "AESPID": event["repeat"],
        "AETERM": event["term"],
        "AEDECOD": "",
        "AEBODSYS": known.soc if known else "",
        "AESER": "Y" if event["serious"] else "N",
        "AEREL": event["related"].upper(),
        "AEOUT": OUTCOMES.get(event["outcome"] or "", ""),
        "AETOXGR": str(event["grade"]),
        "AESTDTC": event["onset_date"].isoformat(),
        "AESTDY": study_day(event["onset_date"], start),
    }


def _column(variable: Variable, values: Sequence[object]) -> dict[str, Any]:
    column: dict[str, Any] = {
        "itemOID": f"IT.AE.{variable.name}",
        "name": variable.name,
        "label": variable.label,
        "dataType": variable.type,
    }
    if variable.type == "string":
        column["length"] = max((len(str(value)) for value in values), default=1) or 1
    if variable.key:
        column["keySequence"] = variable.key
    return column
