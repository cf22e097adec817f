"""What is counted of each site beside the compared figures: queries, delay of entry, last digits, spread of values."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median, stdev

import polars as pl
from scipy import stats

from calcitrial.data_desk.monitoring import OUT
from calcitrial.quality import Tally, raised_at, sites_of, tallies
from calcitrial.record import first_entered
from calcitrial.web import Reading

FEW = 20  # below so many digits or values nothing is said of them


@dataclass(frozen=True)
class Site:
    """What is counted of a site beside the compared figures."""

    name: str
    screened: int
    enrolled: int
    queries: int
    oldest: int | None
    lag: float | None
    digits: str
    spread: str


def site_lines(reading: Reading, today: date) -> list[Site]:
    """Return what is counted of each site beside the compared figures."""
    sites = sites_of(reading.protocol, reading.rows)
    enrolled, tally = reading.by_participant("enrolment"), tallies(reading.protocol, reading.rows)
    lags, digits, spread = _lags(reading, sites), _digits(reading, sites), _spread(reading, sites)
    oldest = _oldest(reading, tally, sites, today)
    found = []
    for name in sorted(set(sites.values())):
        people = [code for code, site in sites.items() if site == name]
        waiting = sum(len(tally[code].queries) for code in people if code in tally)
        mine = lags.get(name)
        found.append(
            Site(
                name,
                len(people),
                sum(code in enrolled for code in people),
                waiting,
                oldest.get(name),
                median(mine) if mine else None,
                digits.get(name, ""),
                spread.get(name, ""),
            )
        )
    return found


def _oldest(reading: Reading, tally: Mapping[str, Tally], sites: Mapping[str, str], today: date) -> dict[str, int]:
    pending = [query for one in tally.values() for query in one.queries]
    found: dict[str, int] = {}
    for place, step in raised_at(reading.study, pending).items():
        site = sites.get(place.participant, "")
        found[site] = max(found.get(site, 0), (today - date.fromisoformat(step.at[:10])).days)
    return found


def _lags(reading: Reading, sites: Mapping[str, str]) -> dict[str, list[int]]:
    """Return the days from each visit to the first entry of each of its forms, by site."""
    found: dict[str, list[int]] = defaultdict(list)
    for (code, visit), moments in first_entered(reading.study).items():
        on = reading.visit_dates.get((code, visit))
        if on and code in sites:
            found[sites[code]] += [(date.fromisoformat(at[:10]) - on).days for at in moments]
    return found


def _numbers(reading: Reading, sites: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Return (site, item, text) of every number that people type; what the program measures is left out."""
    typed = {
        (form.id, item.id)
        for form in reading.protocol.forms
        if not any(one.id in ("software", "series_uid") for one in form.items)
        for item in form.items
        if item.type in ("integer", "decimal") and not item.id.startswith(("map_", "image_"))
    }
    rows = reading.rows.filter(pl.col("form").is_in(sorted({form for form, _item in typed})))
    return [
        (sites[code], f"{form}.{item}", value)
        for code, form, item, value in rows.select("participant", "form", "item", "value").iter_rows()
        if (form, item) in typed and code in sites
    ]


def _digits(reading: Reading, sites: Mapping[str, str]) -> dict[str, str]:
    """Return, for each site with enough numbers, whether last digits differ from those of the other sites."""
    by_site: dict[str, Counter[str]] = defaultdict(Counter)
    for site, _item, text in _numbers(reading, sites):
        by_site[site][text[-1]] += 1
    found = {}
    for site, mine in by_site.items():
        others = sum((one for name, one in by_site.items() if name != site), Counter())
        if mine.total() < FEW or others.total() < FEW:
            continue
        p = _chi_square(mine, others)
        if p < OUT:
            top, number = mine.most_common(1)[0]
            found[site] = f"{top} ends {100 * number / mine.total():.0f} % of numbers (p = {p:.1g})"
    return found


def _chi_square(mine: Counter[str], others: Counter[str]) -> float:
    digits = [digit for digit in "0123456789" if mine[digit] + others[digit]]
    if len(digits) < 2:
        return 1.0
    table = [[one[digit] for digit in digits] for one in (mine, others)]
    return float(stats.chi2_contingency(table).pvalue)


def _spread(reading: Reading, sites: Mapping[str, str]) -> dict[str, str]:
    """Return, for each site, the item whose values vary much less or more than elsewhere (Levene's test)."""
    by_item: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for site, item, text in _numbers(reading, sites):
        by_item[item][site].append(float(text))
    found: dict[str, tuple[float, str]] = {}
    for item, values in by_item.items():
        for site, mine in values.items():
            others = [value for name, more in values.items() if name != site for value in more]
            if min(len(mine), len(others)) < FEW:
                continue
            p = _levene(mine, others)
            if p < OUT and p < found.get(site, (1.0, ""))[0]:
                found[site] = (p, f"{item}: SD {stdev(mine):.3g}, elsewhere {stdev(others):.3g} (p = {p:.1g})")
    return {site: words for site, (_p, words) in found.items()}


def _levene(mine: Sequence[float], others: Sequence[float]) -> float:
    if len(set(mine)) == 1 and len(set(others)) == 1:
        return 1.0
    return float(stats.levene(mine, others).pvalue)
