"""What is counted of each site beside the compared figures: queries, delay of entry, last digits, spread of values."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median

import numpy as np
from scipy import stats

from calcitrial.data_desk.monitoring import OUT
from calcitrial.data_desk.monitoring_counts import Counts, counts
from calcitrial.quality import asked_now
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
    sites, by_site = reading.sites, defaultdict[str, list[Counts]](list)
    for code, one in counts(reading).items():
        by_site[sites[code]].append(one)
    asked = _days_waiting(reading, today)
    digits, spread = _digits(by_site), _spread(by_site)
    found = []
    for name in sorted(set(sites.values())):
        people = by_site[name]
        lags = [lag for one in people for lag in one.lags]
        found.append(
            Site(
                name,
                len(people),
                sum(one.enrolled for one in people),
                len(asked[name]),
                max(asked[name], default=None),
                median(lags) if lags else None,
                digits.get(name, ""),
                spread.get(name, ""),
            )
        )
    return found


def _days_waiting(reading: Reading, today: date) -> dict[str, list[int]]:
    """Return since how many days each query of a site waits."""
    found: dict[str, list[int]] = defaultdict(list)
    now = asked_now(reading.study)
    for code, site in reading.sites.items():
        for query, step in now.get(code, ()):
            if query.pending:
                found[site].append((today - date.fromisoformat(step.at[:10])).days)
    return found


def _digits(people: Mapping[str, Sequence[Counts]]) -> dict[str, str]:
    """Return, for each site with enough numbers, whether last digits differ from those of the other sites."""
    by_site = {site: Counter(text[-1] for one in mine for _item, text in one.typed) for site, mine in people.items()}
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


def _spread(people: Mapping[str, Sequence[Counts]]) -> dict[str, str]:
    """Return, for each site, the item whose values vary much less or more than elsewhere (Levene's test)."""
    by_item: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for site, mine in people.items():
        for item, text in (pair for one in mine for pair in one.typed):
            by_item[item][site].append(float(text))
    found: dict[str, tuple[float, str]] = {}
    for item, values in by_item.items():
        for site, own in values.items():
            others = [value for name, more in values.items() if name != site for value in more]
            if min(len(own), len(others)) < FEW:
                continue
            p = _levene(own, others)
            if p < OUT and p < found.get(site, (1.0, ""))[0]:
                found[site] = (
                    p,
                    f"{item}: SD {np.std(own, ddof=1):.3g}, elsewhere {np.std(others, ddof=1):.3g} (p = {p:.1g})",
                )
    return {site: words for site, (_p, words) in found.items()}


def _levene(mine: Sequence[float], others: Sequence[float]) -> float:
    if len(set(mine)) == 1 and len(set(others)) == 1:
        return 1.0
    return float(stats.levene(mine, others).pvalue)
