"""A running study moves to a newer definition: looked at first, then in one submission of the chain."""

from dataclasses import dataclass
from datetime import date

from calcitrial.protocol import (
    Difference,
    Held,
    Problem,
    Protocol,
    amendment_problems,
    differences,
    refuse,
)
from calcitrial.record import store
from calcitrial.record.entry import REDACTION, Author, Draft, Place, Receipt
from calcitrial.record.gateway import Gateway
from calcitrial.record.study import definition_text, in_turn, protocol_of, read_head, undecided
from calcitrial.record.versions import AMENDMENT, versions_of

ARMS = ("allocation", "lesion_allocation")


@dataclass(frozen=True)
class Preview:
    """What an amendment would change, and everything that speaks against it; `running` is the digest it starts from."""

    running: str
    new: str
    differences: tuple[Difference, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class Decision:
    """Why and since when a study moves, on which approval, and whether people may have to consent again."""

    reason: str
    on: date
    approval: str = ""
    reconsent: bool = True


def preview(study: str, new: Protocol) -> Preview:
    """Return what moving a study to this definition would change; RefusedError when the study is not open."""
    old = protocol_of(study)
    found = tuple(differences(old, new)) if old.id == new.id else ()
    return Preview(old.digest, new.digest, found, tuple(_problems(old, new)))


def amend(gateway: Gateway, new: Protocol, decision: Decision, by: Author, seen: str = "") -> Receipt:
    """Move a study to this definition from now on, in one submission, and return its receipt.

    What was entered stays under the definition that it names. `seen` is the digest from which somebody looked at the
    differences ('' when nobody did). Raises RefusedError with everything that speaks against it; then nothing moves.
    """
    study = gateway.study
    with in_turn(study):
        head = read_head(study)
        if seen and seen != head.definition:
            what = f"{study} was amended meanwhile: it runs under {head.definition[:12]}, not {seen[:12]}."
            refuse([Problem("definition", what, "Look at the differences again.")])
        old = protocol_of(study, head.definition)
        refuse([*_problems(old, new), *_undecided(decision)])
        if not definition_text(study, new.digest):
            content = [study, new.digest, new.canonical()]
            store.run("INSERT INTO record_definition VALUES (%s, %s, %s)", content)
        number = len(versions_of(study).amendments) + 1
        receipt = gateway.enter([_draft(number, old.digest, new, decision)], by)
        store.run("UPDATE record_study SET definition = %s WHERE id = %s", [new.digest, study])
    return receipt


def _draft(number: int, before: str, new: Protocol, decision: Decision) -> Draft:
    values = {
        "amended_from": before,
        "amended_to": new.digest,
        "amended_version": new.version,
        "amended_on": decision.on.isoformat(),
        "amendment_reason": decision.reason.strip(),
        "amendment_approval": decision.approval.strip(),
        "amendment_reconsent": decision.reconsent,
    }
    return Draft(Place("", AMENDMENT, repeat=str(number)), values)


def _problems(old: Protocol, new: Protocol) -> list[Problem]:
    found = amendment_problems(old, new, held_in(old)) if old.id == new.id else amendment_problems(old, new, Held({}))
    return [*undecided(new), *found]


def _undecided(decision: Decision) -> list[Problem]:
    if decision.reason.strip():
        return []
    return [Problem("reason", "An amendment needs a reason.", "Say why the definition is changed.")]


def held_in(protocol: Protocol) -> Held:
    """Return what the record of a study holds that an amendment must leave as it is; values taken back count too."""
    choices = {item.id for form in protocol.forms for item in form.items if item.type == "choice"}
    there = "FROM record_entry WHERE study = %s AND value <> '' AND form <> %s"
    about = [protocol.id, REDACTION]
    items: dict[tuple[str, str], set[str]] = {
        (form, item): set() for form, item in store.rows(f"SELECT DISTINCT form, item {there}", about)
    }
    where, names = store.named("item", choices)
    for form, item, value in store.rows(f"SELECT DISTINCT form, item, value {there}{where}", [*about, *names]):
        items[form, item].add(value)
    begun = store.rows("SELECT DISTINCT visit FROM record_entry WHERE study = %s AND visit <> ''", [protocol.id])
    sites = store.rows("SELECT DISTINCT value FROM record_current WHERE study = %s AND item = 'site'", [protocol.id])
    armed = (*ARMS, *(["enrolment"] if protocol.allocation.unit == "none" else []))
    return Held(
        {key: frozenset(values) for key, values in items.items()},
        frozenset(visit for (visit,) in begun),
        frozenset(site for (site,) in sites),
        any(form in armed for form, _item in items),
    )


__all__ = ["Decision", "Preview", "amend", "held_in", "preview"]
