"""The command that lets a reader in: a link to the reading room that opens once."""

from typing import Annotated

import typer

from calcitrial import reading, record, web
from calcitrial.commands.console import HOME, HomeOption, JsonOption, PortOption, open_home, say
from calcitrial.commands.reading import room


@room.command()
def link(
    study: str,
    reader: str,
    port: PortOption = 8000,
    host: Annotated[str, typer.Option(help="Where the reader's browser finds the pages.")] = "127.0.0.1",
    home: HomeOption = HOME,
    json: JsonOption = "",
) -> None:
    """Print a link that opens the reading room once, in one browser, for one reader."""
    open_home(home)
    tasks = reading.worklist(study, reader)
    token = web.make_link(home, web.Pass(study, reader), record.now())
    address = f"http://{host}:{port}{web.door(token)}"
    told = f"{address}\nFor {reader}, who has {len(tasks)} cases. It opens once and within {web.LINK_DAYS} days."
    say(told, json, {"study": study, "reader": reader, "address": address, "days": web.LINK_DAYS})
