"""What is due for the quality of the data: queries to answer and to close, drafts, signatures, source verification."""

from collections.abc import Collection, Iterable, Iterator
from datetime import date, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from calcitrial.data_desk.review_rows import query_link, seen_asked, tallied
from calcitrial.desk import Due, link_to
from calcitrial.people import Scope
from calcitrial.quality import Query, Tally, endorsements, locked_sites
from calcitrial.web import Reading

# A query that waits longer is late (assumed; a study may agree on another time).
DAYS = 14


def queries_due(reading: Reading, scope: Scope, today: date) -> Iterable[Due]:
    """Yield the queries that wait: open ones for the site, answered ones for who asked."""
    for query, step in seen_asked(reading, scope):
        if query.pending and scope.may(_right(query), reading.sites.get(query.place.participant) or None):
            on = date.fromisoformat(step.at[:10])
            late = on + timedelta(days=DAYS) < today
            link, code = query_link(reading.study, query), query.place.participant
            yield Due("query", _words(query), link, on, late, _right(query), query.name, code)


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
    shut = locked_sites(reading.study)
    mine = {
        site: frozenset(
            right for right in ("enter_forms", "endorse", "verify_source") if scope.may(right, site or None)
        )
        for site in set(reading.sites.values())
        if not {"", site} & shut
    }
    for code, tally in tallied(reading).items():
        rights = mine.get(reading.sites[code])
        if rights:
            yield from _of(code, tally, link_to("review", reading.study, code), rights)


def _of(code: str, tally: Tally, link: str, rights: Collection[str]) -> Iterator[Due]:
    if tally.drafts and "enter_forms" in rights:
        words = ngettext("%(n)d form is a draft", "%(n)d forms are drafts", tally.drafts)
        yield _due("draft", words, code, tally.drafts, f"{link}?show=draft", "enter_forms")
    if tally.void and "endorse" in rights:
        words = ngettext("%(n)d signature is void", "%(n)d signatures are void", tally.void)
        yield _due("signature", words, code, tally.void, f"{link}?show=unsigned", "endorse", late=True)
    if tally.unsigned and "endorse" in rights:
        words = ngettext("%(n)d form to sign", "%(n)d forms to sign", tally.unsigned)
        yield _due("signature", words, code, tally.unsigned, f"{link}?show=unsigned", "endorse")
    if tally.unverified and "verify_source" in rights:
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
    sites, shut = reading.sites, locked_sites(reading.study)
    mine: dict[str, list[Tally]] = {}
    for code, tally in tallied(reading).items():
        mine.setdefault(sites.get(code, ""), []).append(tally)
    given = endorsements(reading.study) if mine.keys() - shut and "" not in shut else {}
    link = link_to("locks", reading.study)
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
