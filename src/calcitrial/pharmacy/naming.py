"""Vials as a pharmacist names them: single ones, a range from one label to another, or all of a receipt."""

from collections.abc import Iterator

from calcitrial.pharmacy.label import read_vial
from calcitrial.pharmacy.ledger import Ledger
from calcitrial.pharmacy.vial import IN_STOCK
from calcitrial.protocol import Problem, RefusedError, refuse

RANGE = ".."


def read_vials(ledger: Ledger, text: str) -> list[str]:
    """Return the vials that a text names, each once: 'V00001-4', 'V00001-4..V00009-K' or 'R2' (all its stock).

    Raises RefusedError with every word that names none.
    """
    found: list[str] = []
    problems: list[Problem] = []
    for word in text.replace(",", " ").replace(";", " ").split():
        try:
            found += list(_named(ledger, word))
        except RefusedError as error:
            problems += error.problems
    refuse(problems)
    return list(dict.fromkeys(found))


def _named(ledger: Ledger, word: str) -> Iterator[str]:
    receipt = next((one for one in ledger.consignments if one.id == word.upper()), None)
    if receipt is not None:
        yield from (name for name in receipt.vials(ledger.study) if ledger.vials[name].state in IN_STOCK)
        return
    first, _dots, last = word.partition(RANGE)
    begin, end = read_vial(ledger.study, first), read_vial(ledger.study, last or first)
    if begin > end or begin not in ledger.vials or end not in ledger.vials:
        refuse([Problem("vials_moved", f"{word} names no vials here.", "Read the labels, or name a receipt.")])
    yield from (name for name in sorted(ledger.vials) if begin <= name <= end)
