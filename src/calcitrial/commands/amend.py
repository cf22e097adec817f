"""The commands of amendments: what a new definition would change, moving a study to it, and where which one holds."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated

import typer

from calcitrial import protocol, record, verbs
from calcitrial.commands.console import HOME, ControlOption, HomeOption, JsonOption, app, open_home, say

LOUD = "  !! "


@app.command()
def amend(
    study: str,
    file: Annotated[str, typer.Argument(help="The new definition: a protocol file, or the name of a shipped one.")],
    reason: Annotated[str, typer.Option(help="Why the definition is changed; it stands in the record.")] = "",
    by: Annotated[str, typer.Option("--as", help="Who does this.")] = "",
    role: Annotated[str, typer.Option(help="In which role.")] = "data manager",
    approval: Annotated[str, typer.Option(help="The approval on which the amendment rests.")] = "",
    on: Annotated[str, typer.Option(help="Date of the amendment; today when left out.")] = "",
    consent_stays: Annotated[
        bool, typer.Option("--consent-stays", help="Nobody need be reminded of the consent documents.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would change, and enter nothing.")] = False,
    control: ControlOption = "",
    home: HomeOption = HOME,
    json: JsonOption = "",
) -> None:
    """Move a running study to a newer definition: what differs is printed, then it is one submission."""
    open_home(home)
    new = protocol.chosen_as(protocol.load(file), record.protocol_of(study), control)
    seen = record.preview(study, new)
    content: dict[str, object] = {
        "study": study,
        "from": seen.running,
        "to": seen.new,
        "differences": [vars(one) for one in seen.differences],
        "problems": [vars(one) for one in seen.problems],
    }
    told = "\n".join(_told(seen))
    if dry_run:
        say(told, json, content)
        return
    decision = record.Decision(reason, _day(on), approval, not consent_stays)
    receipt = verbs.amend(study, new, decision, record.Author(by, role), seen.running)
    done = f"Submission {receipt.sequence}: {study} runs under definition {seen.new[:12]} (version {new.version})."
    hint = "" if consent_stays else "\nLook whether the consent documents need a new version."
    say(f"{told}\n\n{done}{hint}", json, content | {"receipt": vars(receipt)})


@app.command()
def amendments(study: str, home: HomeOption = HOME, json: JsonOption = "") -> None:
    """List the amendments of a study, and which version of the definition holds at which site."""
    open_home(home)
    found = record.versions_of(study)
    lines = [f"{study} runs under {found.running[:12]}, version {record.protocol_of(study).version}."]
    for one in found.amendments:
        approved = f" ({one.approval})" if one.approval else ""
        lines.append(f"{one.number:>4}  {one.on}  {one.before[:12]} -> {one.after[:12]}  {one.reason}{approved}")
    for site, digest in sorted(found.released.items()):
        lines.append(f"At {site}: {digest[:12]}{'' if digest == found.running else ', an earlier version'}.")
    if not found.amendments:
        lines.append("It was never amended.")
    content = {
        "study": study,
        "running": found.running,
        "amendments": [vars(one) for one in found.amendments],
        "released": dict(found.released),
    }
    say("\n".join(lines), json, content)


def _told(seen: record.Preview) -> Iterator[str]:
    """Yield the differences under the heading of their group, then what speaks against the amendment."""
    group = ""
    for one in seen.differences:
        if one.group != group:
            group = one.group
            yield protocol.GROUPS[one.group]
        yield f"{LOUD if one.loud else '   '}{one.text}"
    for problem in seen.problems:
        yield f"NOT POSSIBLE: {problem}"


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text) if text else record.now().date()
    except ValueError:
        protocol.refuse([protocol.Problem("--on", f"{text!r} is no day.", "Write it as 2026-03-01.")])
        raise AssertionError from None
