"""The command that holds people in FHIR files against the criteria of trials, criterion by criterion."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from calcitrial import matching, protocol, registrations, registry
from calcitrial.commands.console import HOME, HomeOption, JsonOption, app, database, say
from calcitrial.commands.registry import own_trial, own_trials
from calcitrial.record import now

TELLS = {"true": "met", "false": "speaks against it", "unknown": "not known"}
REGISTRIES = ("NCT", "ISRCTN", "ACTRN", "DRKS", "CHICTR", "JRCT", "CTRI", "20")
REST = "those without the illness, or with another age, sex or status, are not listed."
CAREFUL = "No one is told here that they are eligible: a trial site decides, after it has seen the person."


@app.command(name="match")
def match(
    files: Annotated[list[Path], typer.Argument(help="FHIR bundles (JSON) or one resource per line (NDJSON).")],
    trial: Annotated[
        list[str] | None, typer.Option(help="A study, protocol, file or registry number; without, all of the home.")
    ] = None,
    people: Annotated[bool, typer.Option("--people", help="Rank the people for each trial.")] = False,
    on: Annotated[str, typer.Option(help="The day on which ages count (YYYY-MM-DD); today without.")] = "",
    country: Annotated[str, typer.Option(help="Only trials of the registry in this country.")] = "",
    near: Annotated[str, typer.Option(help="Only trials of the registry near this postal code or town.")] = "",
    near_country: Annotated[str, typer.Option(help="The country of that place.")] = "France",
    km: Annotated[float, typer.Option(min=1, max=20_100, help="How far from there.")] = 100,
    most: Annotated[int, typer.Option(min=1, max=200, help="How many trials to list for a person.")] = 20,
    home: HomeOption = HOME,
    json: JsonOption = "",
) -> None:
    """Rank trials (own ones, and the registry's) for each person of FHIR files, or people for a trial, with reasons."""
    own, records = _trials(home, trial or ())
    asked = registry.ask(country=country, near=near, near_country=near_country, km=km)
    resources, unread = matching.read_bundles(files)
    found, more = matching.facts_of(resources, _day(on))
    said = [*unread, *more, *(one for facts in found for one in facts.unread)]
    if not found:
        what = " ".join(f"{one.place}: {one.sentence}" for one in said[:5]) or "The files hold no Patient."
        protocol.refuse([protocol.Problem("match", what, "Give files with a Patient and what belongs to them.")])
    notes: list[str] = []
    if people:
        groups = [(one.id, matching.rank_people(one, found)) for one in own]
        groups += [(one.id, _ranked([matching.judge_record(one, facts, asked) for facts in found])) for one in records]
    else:
        looked = None if trial else home
        groups = [(facts.person, _for(facts, own, records, looked, asked, notes)[:most]) for facts in found]
    lines = [line for name, matches in groups for line in _group(name, matches, people)]
    lines += [*dict.fromkeys(notes), CAREFUL, *(f"Not used: {one.place}: {one.sentence}" for one in said)]
    content = {"groups": [_content(name, matches) for name, matches in groups], "unread": [asdict(one) for one in said]}
    say("\n".join(lines), json, {**content, "notes": notes})


def _trials(home: Path, names: Sequence[str]) -> tuple[list[protocol.Protocol], list[registrations.Trial]]:
    """Return the trials that are named, by their protocols and as registry records; all own ones without a name."""
    if not names:
        return own_trials(home), []
    own: list[protocol.Protocol] = []
    records: list[registrations.Trial] = []
    for name in names:
        number = any(name.upper().startswith(mark) for mark in REGISTRIES)
        records += [registry.trial_of(home, name)] if number else []
        own += [] if number else [own_trial(name, home)]
    return own, records


def _for(
    facts: matching.Facts,
    own: Sequence[protocol.Protocol],
    records: Sequence[registrations.Trial],
    home: Path | None,
    asked: registry.Search,
    notes: list[str],
) -> list[matching.Match]:
    """Return the trials of one person, ranked; a note says how many records of the registry were looked at."""
    found = [*matching.rank_trials(own, facts), *(matching.judge_record(one, facts, asked) for one in records)]
    if home is not None and not registry.folder_of(home).is_dir():
        notes.append(f"{home} has no registry yet, so only its own trials were ranked; `calcitrial registry import`.")
    elif home is not None:
        there = matching.rank_records(home, facts, own, asked, database())
        count = f"{'more than ' if there.more else ''}{there.total:,}"
        notes.append(f"{facts.person}: {count} of the registry's records may fit by their fields; {REST}")
        found += there.matches
    return _ranked(found)


def _ranked(found: Iterable[matching.Match]) -> list[matching.Match]:
    return sorted(found, key=lambda match: match.order)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text) if text else now().date()
    except ValueError:
        raise protocol.RefusedError(
            [protocol.Problem("--on", f"{text!r} is no day.", "Write YYYY-MM-DD, such as 2026-03-01.")]
        ) from None


def _group(name: str, matches: list[matching.Match], people: bool) -> Iterator[str]:
    yield f"{name}"
    for place, one in enumerate(matches, 1):
        counts = f"{len(one.against)} against, {len(one.unknown)} not known, of {len(one.assessments)} criteria"
        called = one.person if people else f"{one.study}: {one.title}" if one.title else one.study
        yield f"  {place}. {called}: {one.standing} ({counts})"
        for criterion in one.assessments:
            what, told = criterion.criterion, TELLS[criterion.met]
            yield f"       {what.id} {what.type}: {what.text}: {told} [{criterion.basis}]"
    yield ""


def _content(name: str, matches: list[matching.Match]) -> dict[str, Any]:
    return {
        "for": name,
        "ranking": [
            {
                "person": one.person,
                "trial": one.study,
                "standing": one.standing,
                "title": one.title,
                "criteria": [
                    {"id": a.criterion.id, "type": a.criterion.type, "result": a.result, "met": a.met, "basis": a.basis}
                    for a in one.assessments
                ],
            }
            for one in matches
        ],
    }
