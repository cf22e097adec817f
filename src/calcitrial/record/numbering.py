"""Running numbers that the program gives: two people at once get two, and the same sheet sent twice gets one."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction

from calcitrial.record.cut import current_rows, forms_in
from calcitrial.record.entry import Author, Draft, Place
from calcitrial.record.gateway import Gateway
from calcitrial.record.study import read_head

Row = Mapping[str, Any]


def form_rows(gateway: Gateway, form: str, participant: str = "") -> list[Row]:
    """Return the entered forms of one kind as rows, of all participants or of one; a form of the study has none."""
    kind = gateway.protocol.form(form)
    # Only the lines of the study itself are read for its forms, not those of every participant.
    among = [""] if kind is not None and kind.level == "study" else ()
    rows = current_rows(gateway.study, participant, [form], among=among)
    return list(forms_in(gateway.protocol, rows.iter_rows(), form))


def number_in(name: str) -> int:
    """Return the number at the end of a name such as C7; 0 when there is none."""
    digits = name[len(name.rstrip("0123456789")) :]
    return int(digits) if digits else 0


def enter_numbered(
    gateway: Gateway,
    draft: Callable[[int], Draft],
    by: Author,
    taken: Callable[[], Iterable[int]],
    ticket: str = "",
    beside: Callable[[int], Sequence[Draft]] = lambda _number: (),
) -> Place:
    """Enter the form that `draft` makes of the next free number, with those `beside` it, and return its place.

    Nobody else enters between the look at the numbers and the entry, so every number is given once. A sheet whose
    `ticket` is in the record already changes nothing, and its place is returned.
    """
    with transaction.atomic():
        read_head(gateway.study, lock=True)
        place = draft(1).place
        if ticket:
            for row in form_rows(gateway, place.form, "" if place.form == "registration" else place.participant):
                if row["ticket"] == ticket:
                    return Place(row["participant"], place.form, repeat=row["repeat"])
        number = max(taken(), default=0) + 1
        new = draft(number)
        gateway.enter([new, *beside(number)], by)
    return new.place
