"""Commands about trials of registries: import their files, search them, show one."""

from pathlib import Path
from typing import Annotated, Any

import typer

from calcitrial import protocol, record, registrations, registry
from calcitrial.commands.console import HOME, HomeOption, JsonOption, app, database, open_home, say

MOST_REMARKS = 20
room = typer.Typer(help="Trials of registries and protocols: import, search, show.")
app.add_typer(room, name="registry")


def own_trials(home: Path) -> list[protocol.Protocol]:
    """Return the trials that are judged by their own protocols: the open studies of a home, and those that ship."""
    return list({one.id: one for one in (*map(protocol.load, protocol.SHIPPED), *home_studies(home))}.values())


def own_trial(name: str, home: Path) -> protocol.Protocol:
    """Return a study of the home, else the protocol of this name or file."""
    return next((one for one in home_studies(home) if one.id == name), None) or protocol.load(name)


def home_studies(home: Path) -> list[protocol.Protocol]:
    """Return the definitions under which the open studies of a home run; none where there is no record yet."""
    if not ((home / record.SQLITE_FILE).is_file() or database()):
        return []
    open_home(home)
    return [record.protocol_of(study) for study in record.studies()]


@room.command(name="import")
def import_(
    files: Annotated[list[Path], typer.Argument(help="ClinicalTrials.gov JSON, WHO ICTRP XML, protocol TOML.")],
    home: HomeOption = HOME,
    json: JsonOption = "",
) -> None:
    """Import registry files; what cannot be read is said in a sentence each, and the rest is imported."""
    done = registry.import_files(home, files, database())
    _tell(done, home, json)


@room.command()
def rebuild(home: HomeOption = HOME, json: JsonOption = "") -> None:
    """Make the index anew from the files that were imported."""
    _tell(registry.rebuild(home, database()), home, json)


def _tell(done: registry.Imported, home: Path, json: str) -> None:
    lines = [f"{done.read} records in {home}: {done.new} new, {done.changed} changed, {done.same} as they were."]
    lines += done.remarks[:MOST_REMARKS]
    if len(done.remarks) > MOST_REMARKS:
        lines.append(f"… and {len(done.remarks) - MOST_REMARKS} more remarks; --json writes them all.")
    if done.mirror:
        lines.append(done.mirror)
    content = {"new": done.new, "changed": done.changed, "same": done.same, "remarks": done.remarks}
    say("\n".join(lines), json, {**content, "problems": [vars(problem) for problem in done.problems]})
    protocol.refuse(done.problems)


@room.command()
def search(
    words: Annotated[list[str] | None, typer.Argument(help="Words that all must be there.")] = None,
    condition: Annotated[str, typer.Option(help="Words of the health condition.")] = "",
    intervention: Annotated[str, typer.Option(help="Words of the treatment.")] = "",
    status: Annotated[str, typer.Option(help=f"One of {', '.join(registrations.STATUSES)}.")] = "",
    phase: Annotated[str, typer.Option(help=f"One of {', '.join(registrations.PHASES)}.")] = "",
    age: Annotated[str, typer.Option(help="Age of the person, such as 40 or '6 months'.")] = "",
    sex: Annotated[str, typer.Option(help="female or male.")] = "",
    country: Annotated[str, typer.Option(help="A country by name or ISO code.")] = "",
    near: Annotated[str, typer.Option(help="A postal code or town, such as 87000 or 'Springfield, IL'.")] = "",
    near_country: Annotated[str, typer.Option(help="The country of that place.")] = "France",
    km: Annotated[float, typer.Option(min=1, max=20_100, help="How far from there.")] = 100,
    first: Annotated[int, typer.Option(min=0, help="How many to skip.")] = 0,
    most: Annotated[int, typer.Option(min=1, max=200, help="How many to list.")] = 20,
    home: HomeOption = HOME,
    json: JsonOption = "",
) -> None:
    """Search the trials: recruiting before others, then the newest registered; near a place the nearest first."""
    asked = registry.ask(
        words=" ".join(words or ()),
        condition=condition,
        intervention=intervention,
        status=status,
        phase=phase,
        age=age,
        sex=sex,
        country=country,
        near=near,
        near_country=near_country,
        km=km,
    )
    registry.list_own(home, home_studies(home), database())
    found = registry.search(home, asked, database(), first, most)
    lines = [f"{'More than ' if found.more else ''}{found.total:,} trial{'' if found.total == 1 else 's'}."]
    lines += [_line(trial, km_there) for trial, km_there in found.trials]
    content = [{"id": trial.id, "title": trial.title, "km": there} for trial, there in found.trials]
    say("\n".join(lines), json, {"total": found.total, "more": found.more, "trials": content})


def _line(trial: registrations.Trial, km: float | None) -> str:
    status = ", ".join(registrations.STATUSES[one] for one in trial.facets.statuses) or "status not public"
    away = f", {km:.0f} km" if km is not None else ""
    return f"{trial.id:<14} {trial.title} ({status}{away})"


@room.command()
def show(
    trial: Annotated[str, typer.Argument(help="Any number of a trial, such as NCT03582800.")],
    home: HomeOption = HOME,
    json: JsonOption = "",
) -> None:
    """Print the WHO items of a trial, what each source says of them, and where sources contradict each other."""
    registry.list_own(home, home_studies(home), database())
    found = registry.trial_of(home, trial)
    lines = [f"{found.id}  {found.title}", *_items(found)]
    say("\n".join(lines), json, _content(found))


def _items(trial: registrations.Trial) -> list[str]:
    lines = []
    for item in trial.items:
        mark = {"conflict": "  CONFLICT", "gap": "  left empty by a source", "differ": "  worded differently"}
        lines.append(f"\n{item.number:>4} {item.name}{mark.get(item.verdict, '')}")
        lines += [
            f"       {said.value or 'not public'}  [{'; '.join(said.read_at) or said.source}]" for said in item.said
        ]
    remarks = [f"  - {one.label}: {remark}" for one in trial.statements for remark in one.remarks]
    return [*lines, "\nWhat was wrong in the files:", *remarks] if remarks else lines


def _content(trial: registrations.Trial) -> dict[str, Any]:
    items = [
        {
            "number": item.number,
            "name": item.name,
            "verdict": item.verdict,
            "said": [{"source": one.source, "value": one.value, "read_at": one.read_at} for one in item.said],
        }
        for item in trial.items
    ]
    return {"id": trial.id, "title": trial.title, "items": items}
