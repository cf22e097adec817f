"""Whatever page or program interface a test asks: one request is at most one submission of a person."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.core.signals import request_finished, request_started

from calcitrial.record import Author, Gateway, Receipt

HERE = threading.local()


@contextmanager
def counted() -> Iterator[list[str]]:
    """Count submissions per request while this lasts; the list names the requests that made more than one."""
    append, more = Gateway._append, list[str]()

    def begun(environ: dict[str, Any] | None = None, **_more: Any) -> None:
        HERE.asked, HERE.made = (environ or {}).get("PATH_INFO", ""), 0

    def over(**_more: Any) -> None:
        HERE.asked = ""

    def count(door: Gateway, head: Any, entries: Sequence[Any], by: Author) -> Receipt:
        receipt = append(door, head, entries, by)
        if entries and by.role != "program" and getattr(HERE, "asked", ""):
            HERE.made += 1
            more.extend([HERE.asked] if HERE.made == 2 else [])
        return receipt

    Gateway._append = count  # type: ignore[method-assign]
    request_started.connect(begun)
    request_finished.connect(over)
    try:
        yield more
    finally:
        request_started.disconnect(begun)
        request_finished.disconnect(over)
        Gateway._append = append  # type: ignore[method-assign]
        HERE.asked = ""
