"""Invented reports beside the one real count of intralesional treatment."""

from calcitrial.evidence import Count, Study, studies


def report(name: str, events: int, denominator: int, **change: object) -> Study:
    """An invented report like IL01, with one count of complete remission."""
    first = studies()[0]
    count = Count(**{**first.counts[0].model_dump(), "events": events, "denominator": denominator})
    return first.model_copy(update={"id": name, "counts": [count], **change})


def base(*counts: tuple[int, int]) -> list[Study]:
    """Reports A1, A2, … with these counts."""
    return [report(f"A{place}", *count) for place, count in enumerate(counts, 1)]
