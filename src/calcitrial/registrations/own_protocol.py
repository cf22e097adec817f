"""One of our protocols as a statement: its facts are the WHO items already, with where each was read."""

import re

from calcitrial.exchange import who_items
from calcitrial.protocol import Fact, Protocol
from calcitrial.registrations.gazetteer import place_in_name
from calcitrial.registrations.terms import countries_in, date_in, phases_in, sexes_in, statuses_in, years_in
from calcitrial.registrations.trial import Facets, Site, Statement

KIND = "Protocol"
NUMBERS = re.compile(
    r"NCT\d{8}|ISRCTN\d{8}|ACTRN\d{14}|DRKS\d{8}|ChiCTR[-A-Z]*\d{8,10}|jRCTs?\d{9,10}|CTRI/\d{4}/\d{2}/\d{6}"
    r"|\d{4}-\d{6}-\d{2}(?:-\d{2})?|U1111-\d{4}-\d{4}"
)


def statement_of_protocol(protocol: Protocol) -> Statement:
    """Return what a protocol says of its trial; the facts `phase`, `sex`, `age_minimum`, `age_maximum` are facets."""
    items = who_items(protocol)
    by_number = {item.number: item for item in items}
    ids = tuple(dict.fromkeys(NUMBERS.findall(f"{by_number['1'].value} {by_number['3'].value}")))
    return Statement(
        kind=KIND,
        id=protocol.id,
        ids=(*ids, protocol.id),
        address="",
        updated="",
        items=items,
        facets=Facets(
            statuses=statuses_in(by_number["18"].value),
            phases=phases_in(_text(protocol, "phase")),
            sexes=sexes_in(_text(protocol, "sex")),
            countries=countries_in(by_number["11"].value),
            conditions=_values(protocol, "12"),
            interventions=_values(protocol, "13"),
            youngest=years_in(_text(protocol, "age_minimum")),
            oldest=years_in(_text(protocol, "age_maximum")),
            registered=date_in(by_number["2"].value),
        ),
        sites=tuple(_site(site.id, site.name, site.country, site.status, site.note) for site in protocol.sites),
    )


def _text(protocol: Protocol, name: str) -> str:
    fact = protocol.facts.get(name)
    return f"{fact.value} {fact.unit}".strip() if fact and fact.value is not None else ""


def _values(protocol: Protocol, number: str) -> tuple[str, ...]:
    facts = [fact for fact in protocol.facts.values() if fact.who == number]
    return tuple(value for fact in facts for value in _parts(fact))


def _parts(fact: Fact) -> tuple[str, ...]:
    if fact.value is None:
        return ()
    return tuple(map(str, fact.value)) if isinstance(fact.value, tuple) else (str(fact.value),)


def _site(name_id: str, name: str, country: str, standing: str, note: str) -> Site:
    """Return a site; a protocol gives no coordinates, so it is placed at the town that its id and name agree on."""
    there = place_in_name(name_id, name, country)
    return Site(
        name=name,
        country=country,
        latitude=there.latitude if there else None,
        longitude=there.longitude if there else None,
        placed="town" if there else "",
        standing=standing,
        note=note,
    )
