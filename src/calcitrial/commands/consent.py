"""Commands about people before their visits: registration, and the consent documents of a study."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from calcitrial import consents, identity, participants, protocol, record, verbs
from calcitrial.commands.console import HOME, HomeOption, JsonOption, app, open_home, say

consent = typer.Typer(help="Consent documents of a study: their versions, and where each is in use.")
app.add_typer(consent, name="consent")
ByOption = Annotated[str, typer.Option("--by", help="Who enters.")]
DayOption = Annotated[str, typer.Option("--on", help="Day (YYYY-MM-DD); today when left out.")]


@app.command()
def register(
    study: str,
    site: str,
    by: ByOption,
    role: Annotated[str, typer.Option(help="In which role.")] = "study_nurse",
    line: Annotated[str, typer.Option("--line", help="Number in the pre-screening log.")] = "",
    on: DayOption = "",
    home: HomeOption = HOME,
    json: JsonOption = "",
) -> None:
    """Open a participant at a site under the next free code, which the program makes, and print the code."""
    open_home(home)
    door, author = verbs.door(study), record.Author(by, role)
    code = participants.register(door, site, _day(on), author, number_in_log=line)
    say(code, json, {"study": study, "site": site, "code": code})


@consent.command()
def add(
    study: str,
    file: Annotated[Path, typer.Argument(help="The approved text: plain, '# ' before headings, '- ' before points.")],
    document: Annotated[str, typer.Option(help="Short name, the same for all versions.")],
    version: Annotated[str, typer.Option(help="Version of the text.")],
    language: Annotated[str, typer.Option(help="en or fr.")],
    kind: Annotated[str, typer.Option(help="adult consent, parental consent or assent.")],
    title: Annotated[str, typer.Option(help="Title as people read it.")],
    by: ByOption,
    reconsent: Annotated[
        str, typer.Option(help="not needed, at the next visit, or required before the next visit.")
    ] = "not needed",
    on: DayOption = "",
    home: HomeOption = HOME,
    json: JsonOption = "",
) -> None:
    """Add a version of a consent document with its text; it is in use nowhere until it is released."""
    open_home(home)
    given = consents.Document(document, version, language, title, kind, _day(on), reconsent, "", False)
    author = record.Author(by, "administrator")
    receipt = consents.add_document(verbs.door(study), _folder(home, study), given, _text(file), author)
    content = {"document": document, "version": version, "language": language, "submission": receipt.sequence}
    say(f"{document} {version} ({language}): submission {receipt.sequence}.", json, content)


@consent.command()
def release(
    study: str,
    document: str,
    version: str,
    site: str,
    by: ByOption,
    on: DayOption = "",
    home: HomeOption = HOME,
    json: JsonOption = "",
) -> None:
    """Put a version of a consent document into use at a site."""
    open_home(home)
    day, author = _day(on), record.Author(by, "administrator")
    door = verbs.door(study)
    if site not in participants.sites_known(study, door.protocol):
        known = ", ".join(participants.sites_known(study, door.protocol))
        protocol.refuse([protocol.Problem("site", f"Study {study} has no site {site!r}.", f"Its sites: {known}.")])
    consents.release(door, document, version, site, day, author)
    content = {"document": document, "version": version, "site": site, "on": day.isoformat()}
    say(f"{document} {version} is in use at {site} from {day} on.", json, content)


@consent.command()
def due(study: str, home: HomeOption = HOME, json: JsonOption = "") -> None:
    """List which consents wait: by code, never by name."""
    open_home(home)
    door, vault, day = verbs.door(study), identity.open_vault(home), record.now().date()
    codes = record.current_rows(study, "", ["registration"])["participant"].unique().sort().to_list()
    found = {
        code: [
            need.text
            for need in consents.needs(door, code, day, vault.age(study, code, day))
            if need.open and consents.withdrawn(door, code) is None
        ]
        for code in codes
    }
    lines = [f"{code}: {text}" for code, texts in found.items() for text in texts]
    say("\n".join(lines) or "No consent is due.", json, {code: texts for code, texts in found.items() if texts})


def _folder(home: Path, study: str) -> Path:
    return home / "consents" / study


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text) if text else record.now().date()
    except ValueError:
        raise protocol.RefusedError([protocol.Problem("--on", f"{text!r} is no day.", "Write YYYY-MM-DD.")]) from None


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        what = "This is not a readable text in UTF-8."
        raise protocol.RefusedError([protocol.Problem(str(file), what, "Check the name and the file.")]) from None
