"""Forms of the study itself (grants, releases, locks), kept until one of them is entered again.

Every page asks them several times, and they change a few times a year; what participants say changes each minute. So
they have a mark of their own: what was entered since a known link of the chain says whether any of them was touched.
"""

from dataclasses import dataclass
from itertools import count

import polars as pl

from calcitrial.protocol import RefusedError
from calcitrial.record import store
from calcitrial.record.entry import REDACTION
from calcitrial.record.known import frame, record_here, still_there
from calcitrial.record.study import Head, read_head

KEPT = 64
_new = count(1)


@dataclass(frozen=True)
class StudyForms:
    """Some forms of the study itself as of a link of the chain.

    `mark` is a number that is never used twice in this process: as long as it stays, the rows are the same.
    """

    head: Head
    mark: int
    rows: pl.DataFrame


_kept: dict[tuple[object, ...], StudyForms] = {}


def study_forms(study: str, forms: tuple[str, ...]) -> StudyForms:
    """Return the current values of these forms of the study itself (LONG columns, sorted), with their mark.

    Nothing where the study is not open here: whether it is, others say.
    """
    key = (*record_here(), study, forms)
    try:
        head, before = read_head(study), _kept.get(key)
    except RefusedError:
        return StudyForms(Head("", 0, 0, ""), 0, frame(()))
    if before is None or before.head.hash != head.hash:
        same = before is not None and still_there(study, before.head) and not _touched(study, before.head, forms)
        if before is not None and same:
            before = StudyForms(head, before.mark, before.rows)
        else:
            before = StudyForms(head, next(_new), frame(store.current(study, [""], forms)))
        _kept.pop(key, None)
        _kept[key] = before
        for old in list(_kept)[:-KEPT]:
            _kept.pop(old, None)
    return before


def _touched(study: str, head: Head, forms: tuple[str, ...]) -> bool:
    """Return whether one of these forms was entered, or anything redacted, after this link of the chain."""
    marks = ", ".join(["%s"] * (len(forms) + 1))
    query = f"SELECT 1 FROM record_entry WHERE study = %s AND number > %s AND form IN ({marks}) LIMIT 1"
    return bool(store.rows(query, [study, head.entries, *forms, REDACTION]))
