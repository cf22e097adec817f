"""The commands of the allocation: activate, allocate, look, reveal, sealed codes."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from calcitrial import lesions, protocol, record, verbs
from calcitrial.commands.console import HOME, HomeOption, JsonOption, app, open_home, say
from calcitrial.whole_file import write_whole

ByOption = Annotated[str, typer.Option(help="Who does it; stands as author in the record.")]
RoleOption = Annotated[str, typer.Option(help="In which role.")]
KEPT_APART = "codes.csv"


@app.command()
def activate(
    study: str, by: ByOption, role: RoleOption = "data_manager", home: HomeOption = HOME, json: JsonOption = ""
) -> None:
    """Make the allocation secret of a study, keep it in the home, and enter its SHA-256; once only."""
    open_home(home)
    door = verbs.door(study)
    receipt = lesions.activate(door, home, record.Author(by, role))
    digest = lesions.committed(door)
    content = {"study": study, "commitment": digest, "submission": receipt.sequence}
    say(f"Submission {receipt.sequence}: {study} commits to the secret with SHA-256 {digest}.", json, content)


@app.command()
def allocate(
    study: str,
    participant: str,
    by: ByOption,
    role: RoleOption = "study_nurse",
    home: HomeOption = HOME,
    json: JsonOption = "",
) -> None:
    """Draw the arm of a participant, or of each lesion of the frozen list, with the secret of the home; once only."""
    open_home(home)
    door = verbs.door(study)
    arms = lesions.draw_arms(door, lesions.secret_of(home, door), participant, record.Author(by, role))
    say("\n".join(f"{unit}: {arm}" for unit, arm in arms.items()), json, {"study": study, "arms": arms})


@app.command()
def allocation(study: str, home: HomeOption = HOME, json: JsonOption = "") -> None:
    """Print the commitment; after the reveal compute every arm again, name any other one and end non-zero."""
    open_home(home)
    found = lesions.assignments_of(verbs.cut(study))
    faults = found.faults()
    lines = [
        f"commitment   {found.commitment or 'none yet'}",
        f"secret       {found.secret.hex() or 'not revealed'}",
        f"assignments  {len(found.assignments)}",
    ]
    if found.secret:
        lines += [
            f"{one.unit:>16}  place {one.slot} of {one.stratum or 'the list'}: {one.arm}" for one in found.assignments
        ]
        lines += [] if faults else ["Every arm is the one that the revealed secret gives."]
    say("\n".join(lines), json, {**found.to_json(), "faults": list(faults)})
    protocol.refuse([protocol.Problem(study, fault, "Ask who could have entered it.") for fault in faults])


@app.command()
def reveal(
    study: str,
    by: ByOption,
    reason: Annotated[str, typer.Option(help="Why now; stands in the record.")],
    role: RoleOption = "data_manager",
    home: HomeOption = HOME,
    json: JsonOption = "",
) -> None:
    """Enter the allocation secret with a reason, so that anybody can check every arm; after the lock, once only."""
    open_home(home)
    door = verbs.door(study)
    receipt = lesions.reveal(door, lesions.secret_of(home, door), reason, record.Author(by, role))
    words = f"Submission {receipt.sequence}: the secret of {study} is revealed. Check: calcitrial allocation {study}"
    say(words, json, {"study": study, "submission": receipt.sequence})


@app.command(name="sealed-codes")
def sealed_codes(
    study: str,
    out: Annotated[Path, typer.Option(help="A new or empty folder for the sealed files and their codes.")],
    by: ByOption,
    slots: Annotated[int, typer.Option(help="Places to seal of each list.")] = 40,
    role: RoleOption = "pharmacist",
    home: HomeOption = HOME,
    json: JsonOption = "",
) -> None:
    """Write the arm of each place as an encrypted file, each with its own code, for failure of the system."""
    if out.exists() and any(out.iterdir()):
        what = "The folder is not empty."
        protocol.refuse([protocol.Problem(str(out), what, "Name a new one, so that no two sets are mixed up.")])
    open_home(home)
    door = verbs.door(study)
    told: list[lesions.Sealed] = []

    def write(sealed: Sequence[lesions.Sealed]) -> None:
        told.extend(sealed)
        for one in sealed:
            write_whole(out / one.name, one.content, 0o600)
        write_whole(out / KEPT_APART, _codes(sealed), 0o600)

    receipt = lesions.seal_all(door, lesions.secret_of(home, door), slots, record.Author(by, role), write)
    words = (
        f"Submission {receipt.sequence}: {len(told)} sealed codes in {out}. Keep {KEPT_APART}, which opens them, "
        "in another place than the files. Open one: calcitrial open-code FILE --code CODE"
    )
    say(words, json, {"study": study, "count": len(told), "submission": receipt.sequence})


def _codes(sealed: Sequence[lesions.Sealed]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("file", "list", "place", "code"))
    writer.writerows((one.name, one.stratum, one.slot, one.code) for one in sealed)
    return out.getvalue().encode()


@app.command(name="open-code")
def open_code(
    file: Path,
    code: Annotated[str, typer.Option(help="The code of this file, from codes.csv.")],
    home: HomeOption = HOME,
    json: JsonOption = "",
) -> None:
    """Print the arm in one sealed file; needs neither record nor server. Enter the unblinding afterwards."""
    if not file.is_file():
        protocol.refuse([protocol.Problem(str(file), "There is no such file.", "Name a file that ends in .sealed.")])
    arm = lesions.open_sealed(file.read_bytes(), code)
    say(f"{file.name}: {arm}. Enter the unblinding, with its reason, when the system is back.", json, {"arm": arm})
