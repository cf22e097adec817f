"""The command that holds people in FHIR files against the criteria of trials, criterion by criterion."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from calcitrial import matching, protocol
from calcitrial.console import JsonOption, app, say
from calcitrial.record import now

TELLS = {"true": "met", "false": "speaks against it", "unknown": "not known"}
CAREFUL = "No one is told here that they are eligible: a trial site decides, after it has seen the person."


@app.command(name="match")
def match(
    files: Annotated[list[Path], typer.Argument(help="FHIR bundles (JSON) or one resource per line (NDJSON).")],
    trial: Annotated[list[str] | None, typer.Option(help="A shipped protocol or a file; all shipped without.")] = None,
    people: Annotated[bool, typer.Option("--people", help="Rank the people for each trial.")] = False,
    on: Annotated[str, typer.Option(help="The day on which ages count (YYYY-MM-DD); today without.")] = "",
    json: JsonOption = "",
) -> None:
    """Rank trials for each person of FHIR files, or people for a trial, with the reason for every criterion."""
    protocols = [protocol.load(name) for name in trial or protocol.SHIPPED]
    resources, unread = matching.read_bundles(files)
    found, more = matching.facts_of(resources, _day(on))
    said = [*unread, *more, *(one for facts in found for one in facts.unread)]
    if not found:
        what = " ".join(f"{one.place}: {one.sentence}" for one in said[:5]) or "The files hold no Patient."
        protocol.refuse([protocol.Problem("match", what, "Give files with a Patient and what belongs to them.")])
    groups = (
        [(one.id, matching.rank_people(one, found)) for one in protocols]
        if people
        else [(facts.person, matching.rank_trials(protocols, facts)) for facts in found]
    )
    lines = [line for name, matches in groups for line in _group(name, matches, people)]
    lines += [CAREFUL, *(f"Not used: {one.place}: {one.sentence}" for one in said)]
    content = {"groups": [_content(name, matches) for name, matches in groups], "unread": [asdict(one) for one in said]}
    say("\n".join(lines), json, content)


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
        yield f"  {place}. {one.person if people else one.study}: {one.standing} ({counts})"
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
                "criteria": [
                    {"id": a.criterion.id, "type": a.criterion.type, "result": a.result, "met": a.met, "basis": a.basis}
                    for a in one.assessments
                ],
            }
            for one in matches
        ],
    }
