"""Commands about diaries: reminders by e-mail, and instruments of licence holders."""

from pathlib import Path
from typing import Annotated

import typer

from calcitrial import diary, identity, protocol, record, verbs
from calcitrial.commands.console import HOME, HomeOption, JsonOption, app, open_home, say

LARGEST = 2_000_000
instrument = typer.Typer(help="Questionnaires of a study: those shipped, and those of licence holders.")
app.add_typer(instrument, name="instrument")


@app.command()
def remind(
    study: str,
    address: Annotated[
        str, typer.Option(envvar="CALCITRIAL_ADDRESS", help="Where participants find these pages (https://…).")
    ] = "",
    home: HomeOption = HOME,
    json: JsonOption = "",
) -> None:
    """Write one e-mail to everybody with a questionnaire due today; run it every day, or as often as you like."""
    open_home(home)
    done = diary.remind(verbs.door(study), address_book(home), address)
    lines = [f"Reminders sent: {len(done.sent)}."]
    lines += [f"{code}: none, because {why}." for code, why in sorted(done.left.items())]
    content = {"sent": list(done.sent), "left": done.left, "failed": done.failed}
    say("\n".join(lines), json, content)
    if done.failed:
        what = f"Not all reminders could be sent. {done.failed}"
        protocol.refuse([protocol.Problem(study, what, "Nothing is lost: the next run tries again.")])


def address_book(home: Path) -> diary.Contacts:
    """Return where each participant is written to, from the vault; a guardian where only theirs is known.

    Every address that is looked up is a line of the vault's log, and goes nowhere but into the message.
    """
    there = (home / "vault").is_dir()
    vault = identity.open_vault(home) if there else None
    looker = identity.Looker("calcitrial remind", "program", "to send a reminder")

    def contact(study: str, participant: str) -> diary.Contact | None:
        if vault is None or participant not in vault.known(study):
            return None
        found = vault.look(study, participant, looker)
        address = (found.email or found.guardian_email or found.second_guardian_email) if found else ""
        return diary.Contact(address, found.language if found else "") if address else None

    return contact


@instrument.command()
def add(
    study: str,
    file: Path,
    by: Annotated[str, typer.Option(help="Who adds it.")],
    role: Annotated[str, typer.Option(help="In which role.")] = "data manager",
    reason: Annotated[str, typer.Option(help="Why a newer file replaces the one that is there.")] = "",
    home: HomeOption = HOME,
    json: JsonOption = "",
) -> None:
    """Let a study use a licence holder's questionnaire; its text stays in the home and never enters the record."""
    open_home(home)
    if not file.is_file() or file.stat().st_size > LARGEST:
        what = "This is not a file of at most 2 MB."
        protocol.refuse([protocol.Problem(str(file), what, "Name the TOML file of the licence holder.")])
    content = file.read_bytes()
    diary.add_instrument(verbs.door(study), content, file.name, record.Author(by, role), reason)
    found = diary.parse_instrument(content, file.name)
    told = (
        f"{study} may use {found.id} (version {found.version}, {len(found.items)} questions). SHA-256 {found.digest}."
    )
    say(told, json, {"instrument": found.id, "version": found.version, "digest": found.digest})


@instrument.command(name="list")
def list_(study: str, home: HomeOption = HOME, json: JsonOption = "") -> None:
    """Print which questionnaires a study may use, when each is asked, and which slots are empty."""
    open_home(home)
    book = diary.read_book(study)
    known = book.instruments
    lines = [f"{one.id:<18} {one.version:<6} {one.status:<10} {one.licence}" for one in known.values()]
    empty = [one for one in diary.slots().values() if one.id not in known]
    lines += [f"{one.id:<18} empty  slot       {one.title}: {one.terms}" for one in empty]
    lines += ["", *(f"{one.instrument:<18} {one.when}: {one.note}" for one in book.plans)]
    content = {
        "instruments": {one.id: {"version": one.version, "digest": one.digest} for one in known.values()},
        "empty_slots": [one.id for one in empty],
        "plan": [vars(one) for one in book.plans],
    }
    say("\n".join(lines), json, content)
