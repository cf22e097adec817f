"""The command line: one verb, one line; errors are sentences on standard error and a non-zero exit.

One file per topic, each of which adds its verbs to `app`; `console` has what all of them share.
"""

import sys

from typer.models import CommandInfo

from calcitrial.commands import (
    allocation,
    amend,
    consent,
    diary,
    evidence,
    films,
    match,
    network,
    people,
    pictures,
    reading,
    reading_link,
    registry,
    safety,
    study,
)
from calcitrial.commands.console import app
from calcitrial.protocol import RefusedError

__all__ = ["app", "main"]

# The topics of the help, in the order in which a trial needs them.
TOPICS = {
    "A study, from protocol to report": (study, amend, safety),
    "People": (people, consent, diary),
    "Arms": (allocation,),
    "Pictures": (network, pictures, films, reading, reading_link),
    "The public, registries and evidence": (evidence, registry, match),
}


def _topics() -> None:
    """Put every command under the topic of its file, and in the order of the files."""
    files = {module.__name__: topic for topic, modules in TOPICS.items() for module in modules}
    for command in app.registered_commands:
        command.rich_help_panel = files[_file(command)]
    for group in app.registered_groups:
        of_group = group.typer_instance.registered_commands if group.typer_instance else []
        group.rich_help_panel = files[_file(of_group[0])]
    app.registered_commands.sort(key=lambda command: [*files].index(_file(command)))


def _file(command: CommandInfo) -> str:
    return command.callback.__module__ if command.callback else ""


_topics()


def main() -> None:
    """Run the command line; every refusal becomes sentences on standard error and exit code 1."""
    try:
        app()
    except RefusedError as error:
        _fail([str(problem) for problem in error.problems])
    except (ValueError, OSError) as error:
        _fail(str(error).splitlines())
    except MemoryError:
        _fail(["The pictures need more memory than there is; measure a part of the series, or on a larger machine."])


def _fail(lines: list[str]) -> None:
    for line in lines:
        print(line, file=sys.stderr)
    raise SystemExit(1)
