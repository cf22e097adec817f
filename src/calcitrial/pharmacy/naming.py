"""Vials as a pharmacist names them: single ones, a range from one label to another, or all of a receipt."""

from collections.abc import Iterator

from calcitrial.pharmacy.label import read_vial
from calcitrial.pharmacy.ledger import Ledger
from calcitrial.pharmacy.vial import IN_STOCK
from calcitrial.protocol import Problem, RefusedError, refuse

RANGE = ".."
# More words than anybody types or scans at once; a receipt or a range names any number.
MOST = 1_000


def read_vials(ledger: Ledger, text: str) -> list[str]:
    """Return the vials that a text names, each once: 'V00001-4', 'V00001-4..V00009-K' or 'R2' (all its stock).

    Raises RefusedError with every word that names none, or when there are too many of them.
    """
    found: list[str] = []
    problems: list[Problem] = []
    words = text.replace(",", " ").replace(";", " ").split(maxsplit=MOST)
    if len(words) > MOST:
        refuse([Problem("vials_moved", f"More than {MOST} words are sent.", "Name a receipt, or a range of vials.")])
    for word in dict.fromkeys(words):
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
        refuse([Problem("vials_moved", f"{word[:80]} names no vials here.", "Read the labels, or name a receipt.")])
    yield from (name for name in sorted(ledger.vials) if begin <= name <= end)
