"""Serious events: the criteria that make one, and the clock that runs from the moment the site knew of it.

The investigator tells the sponsor of a serious event within 24 hours of knowing of it: Regulation (EU) 536/2014,
Article 41 (2), read in its Bulgarian edition. The sponsor reports a suspected unexpected serious adverse reaction
within 7 days when it is fatal or life-threatening, else within 15: Article 42 (2) and 21 CFR 312.32 (c) (k: the text
was not opened; the UK regulation 34 of S.I. 2004/1031, which was read, has the same periods). The sponsor may not
make less of the investigator's judgement: Annex III, 2.1 (4).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from calcitrial.safety import CRITERIA
from calcitrial.vigilance.expected import expected

TO_SPONSOR, TO_AUTHORITY = "Report to the sponsor", "Report to the authorities"
SPONSOR_HOURS, FATAL_DAYS, OTHER_DAYS = 24, 7, 15
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Deadline:
    """One clock of a serious event: what must be done, until when, why, and when it was done ('' while it is not)."""

    what: str
    until: datetime
    clause: str
    done: str = ""

    def left(self, now: datetime) -> timedelta:
        """Return the time that is left; negative when the deadline has passed."""
        return self.until - now

    def words(self, now: datetime) -> str:
        """Return where the clock stands, in words."""
        if self.done:
            kept = datetime.fromisoformat(self.done) <= self.until
            return f"done {self.done[:16].replace('T', ' ')} UTC, {'in time' if kept else 'LATE'}"
        left = self.left(now)
        if left < timedelta(0):
            return f"OVERDUE by {_span(-left)}"
        return f"{_span(left)} left, until {self.until:%Y-%m-%d %H:%M} UTC"


def criteria_of(event: Row) -> tuple[str, ...]:
    """Return the criteria in words that make this event serious."""
    return tuple(words for item, words in CRITERIA.items() if event.get(item) == "true")


def aware_at(event: Row) -> tuple[datetime, bool]:
    """Return when the site became aware, and whether that was said; else the start of the day of onset."""
    text = event.get("aware_date") or event.get("onset_date") or ""
    said = bool(event.get("aware_date"))
    try:
        clock = time.fromisoformat(event.get("aware_time") or "00:00")
        return datetime.combine(date.fromisoformat(text), clock.replace(tzinfo=None), UTC), said
    except ValueError:  # redacted
        return datetime.min.replace(tzinfo=UTC), False


def is_susar(event: Row, judgement: Row | None) -> tuple[bool, bool]:
    """Return whether a serious event is a suspected unexpected reaction, and whether the investigator has judged it.

    Until it is judged, it counts as one unless the reporter called it not related or the reference list expects it.
    """
    if judgement and judgement.get("causality_drug"):
        return judgement["causality_drug"] == "yes" and judgement.get("expectedness") == "unexpected", True
    listed = expected(event.get("term") or "", int(event.get("grade") or 5))
    return event.get("related") != "not related" and listed is None, False


def deadlines(event: Row, judgement: Row | None, notices: Iterable[Row]) -> tuple[Deadline, ...]:
    """Return the clocks of a serious event; none when it is not serious.

    `notices` are the rows of the form event_notice about this event.
    """
    if event.get("serious") != "true":
        return ()
    sent = [one for one in notices if one.get("notice_result") == "sent"]
    start, _said = aware_at(event)
    told = _first(one for one in sent if "sponsor" in (one.get("notice_to") or ""))
    hours = timedelta(hours=SPONSOR_HOURS)
    found = [Deadline(TO_SPONSOR, start + hours, "Regulation (EU) 536/2014, Article 41 (2): 24 hours", told)]
    susar, judged = is_susar(event, judgement)
    if susar:
        worst = event.get("serious_death") == "true" or event.get("serious_life_threatening") == "true"
        days = FATAL_DAYS if worst or event.get("grade") == "5" else OTHER_DAYS
        clause = f"Regulation (EU) 536/2014, Article 42 (2); 21 CFR 312.32 (c) (k): {days} days"
        what = TO_AUTHORITY + ("" if judged else " (while causality is not judged)")
        done = _first(one for one in sent if "authorit" in (one.get("notice_to") or ""))
        found.append(Deadline(what, start + timedelta(days=days), clause, done))
    return tuple(found)


def _first(notices: Iterable[Row]) -> str:
    found: Sequence[str] = sorted(one["notice_at"] for one in notices if one.get("notice_at"))
    return found[0] if found else ""


def _span(left: timedelta) -> str:
    minutes = int(left.total_seconds()) // 60
    days, hours = minutes // 1440, minutes // 60
    if days >= 2:
        return f"{days} days"
    return f"{hours} h {minutes % 60} min"
