"""What is due for the quality of the data: queries to answer and to close, drafts, signatures, source verification."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from calcitrial.data_desk.review_rows import query_link, seen_queries
from calcitrial.desk import Due
from calcitrial.people import Scope
from calcitrial.quality import Query, Tally, endorsements, locked_sites, queries_in, raised_at, sites_of, tallies
from calcitrial.record import current_rows
from calcitrial.web import Reading

# A query that waits longer is late (assumed; a study may agree on another time).
DAYS = 14


def queries_due(reading: Reading, scope: Scope, today: date) -> Iterable[Due]:
    """Yield the queries that wait: open ones for the site, answered ones for who asked."""
    if scope.blinded:
        hidden = current_rows(reading.study)
        found = [one for one in seen_queries(reading, scope, queries_in(hidden)) if one.pending]
    else:
        found = [query for tally in tallies(reading.protocol, reading.rows).values() for query in tally.queries]
    sites = sites_of(reading.protocol, reading.rows)
    mine = [one for one in found if scope.may(_right(one), sites.get(one.place.participant) or None)]
    raised = raised_at(reading.study, mine)
    for one in mine:
        on = date.fromisoformat(raised[one.place].at[:10]) if one.place in raised else None
        late = on is not None and on + timedelta(days=DAYS) < today
        link = query_link(reading.study, one)
        yield Due("query", _words(one), link, on, late, _right(one), one.name, one.place.participant)


def _right(query: Query) -> str:
    return "answer_query" if query.state == "open" else "close_query"


def _words(query: Query) -> str:
    text = query.text if len(query.text) <= 80 else f"{query.text[:79]}…"
    said = _("Answer") if query.state == "open" else _("Close")
    return f"{said}: {text}"


def forms_due(reading: Reading, scope: Scope, _today: date) -> Iterable[Due]:
    """Yield, participant by participant, the drafts, the forms to sign and those to compare with the source."""
    if scope.blinded:
        return
    sites, shut = sites_of(reading.protocol, reading.rows), locked_sites(reading.study)
    for code, tally in tallies(reading.protocol, reading.rows).items():
        site = sites.get(code, "")
        if not {"", site} & shut:
            link = reverse("review", args=[reading.study, code])
            yield from (one for one in _of(code, tally, link) if scope.may(one.capability, site or None))


def _of(code: str, tally: Tally, link: str) -> Iterator[Due]:
    if tally.drafts:
        words = ngettext("%(n)d form is a draft", "%(n)d forms are drafts", tally.drafts)
        yield _due("draft", words, code, tally.drafts, f"{link}?show=draft", "enter_forms")
    if tally.void:
        words = ngettext("%(n)d signature is void", "%(n)d signatures are void", tally.void)
        yield _due("signature", words, code, tally.void, f"{link}?show=unsigned", "endorse", late=True)
    if tally.unsigned:
        words = ngettext("%(n)d form to sign", "%(n)d forms to sign", tally.unsigned)
        yield _due("signature", words, code, tally.unsigned, f"{link}?show=unsigned", "endorse")
    if tally.unverified:
        words = ngettext(
            "%(n)d form to compare with the source",
            "%(n)d forms to compare with the source",
            tally.unverified,
        )
        yield _due("verification", words, code, tally.unverified, f"{link}?show=unverified", "verify_source")


def _due(kind: str, words: str, code: str, number: int, link: str, capability: str, *, late: bool = False) -> Due:
    return Due(kind, words % {"n": number}, link, None, late, capability, code, code)


def locks_due(reading: Reading, scope: Scope, _today: date) -> Iterable[Due]:
    """Yield, for who locks, what stands between each site and its lock, or that nothing does."""
    if not scope.may("lock", "") or scope.blinded:
        return
    sites, shut = sites_of(reading.protocol, reading.rows), locked_sites(reading.study)
    mine: dict[str, list[Tally]] = {}
    for code, tally in tallies(reading.protocol, reading.rows).items():
        mine.setdefault(sites.get(code, ""), []).append(tally)
    given = endorsements(reading.study) if mine.keys() - shut and "" not in shut else {}
    link = reverse("locks", args=[reading.study])
    for site in sorted(given.keys() - shut):
        left = _before_lock(mine.get(site, []))
        one = given[site]
        if one is None or one.void:
            left.append(_("the endorsement of the investigator"))
        words = _("Before the lock: %(left)s") % {"left": ", ".join(left)} if left else _("Ready to be locked")
        yield Due("lock", words, link, None, False, "lock", site)


def _before_lock(found: Iterable[Tally]) -> list[str]:
    """Return what is open at a site in words, the kinds that are not left out."""
    tally = list(found)
    queries, drafts = sum(len(one.queries) for one in tally), sum(one.drafts for one in tally)
    unsigned = sum(one.unsigned for one in tally)
    words = (
        (queries, ngettext("%(n)d query", "%(n)d queries", queries)),
        (drafts, ngettext("%(n)d draft", "%(n)d drafts", drafts)),
        (unsigned, ngettext("%(n)d form to sign", "%(n)d forms to sign", unsigned)),
    )
    return [text % {"n": number} for number, text in words if number]
