"""The same endpoint by the sizes of the other source: readers against program, or the site against readers.

Two things differ between sources: who measured, and which lesions could be measured. So each is asked for alone: the
other sizes of every lesion that has them, and both sizes of the lesions and visits that have both.
"""

import polars as pl

from calcitrial.analysis.asked_rows import asked_rows
from calcitrial.analysis.modelling import modelled
from calcitrial.analysis.supporting import Asked, Supporting, counted, tried
from calcitrial.models import AnalysisError, Estimate
from calcitrial.outcomes import measure_of
from calcitrial.protocol import Endpoint, RefusedError, Sizes
from calcitrial.record import Cut

BY = {"automatic": "the automatic sizes", "site": "the sizes drawn at the site", "reads": "the blinded readers' sizes"}
PLACE = ["participant", "lesion", "visit"]


def by_other_source(cut: Cut, asked: Asked) -> tuple[Supporting, ...]:
    """Return the endpoint answered by the sizes of the other source, where the cut has any.

    Args:
        cut: the data cut.
        asked: the endpoint with its rows and model.

    Returns:
        The answer by all sizes of the other source; and, where the two do not have the same lesions and visits, by
        either source over those that both have. Nothing where the outcome has one source, or the cut no other sizes.
    """
    measure = measure_of(asked.endpoint)
    other = next((source for source in measure.sources if source != measure.by), "")
    if not other or not _are_there(cut, asked.endpoint, other):
        return ()
    changed = Sizes(by=other, status="assumed", note="a further analysis")
    endpoint = asked.endpoint.model_copy(update={"sizes": changed})
    try:
        theirs = asked_rows(cut, endpoint)[0].filter("used")
    except RefusedError as error:
        return (Supporting(f"by_{other}", f"By {BY[other]}", None, str(error)),)
    places = asked.used.select(PLACE).join(theirs.select(PLACE), on=PLACE)
    ways = [(f"by_{other}", other, theirs, "whichever lesions and visits have them")]
    if 0 < places.height < theirs.height:
        ways.append((f"by_{other}_both", other, _at(theirs, places), "only lesions and visits measured by both"))
    if 0 < places.height < asked.used.height:
        mine = _at(asked.used, places)
        ways.append((f"by_{measure.by}_both", measure.by, mine, "only lesions and visits measured by both"))
    return tuple(_way(asked, endpoint, *way) for way in ways)


def _are_there(cut: Cut, endpoint: Endpoint, source: str) -> bool:
    """Tell whether the cut has any size of a source."""
    quantity = measure_of(endpoint).quantity
    form = "read" if source == "reads" else quantity.form if quantity else ""
    return cut.protocol.form(form) is not None and cut.table(form).height > 0


def _at(rows: pl.DataFrame, places: pl.DataFrame) -> pl.DataFrame:
    return rows.join(places, on=PLACE, how="semi", maintain_order="left")


def _way(asked: Asked, endpoint: Endpoint, key: str, source: str, rows: pl.DataFrame, which: str) -> Supporting:
    label = f"By {BY[source]}{', where both are' if key.endswith('_both') else ''}"
    told = f"The primary model on {BY[source]}, {which}: {rows.height} rows after baseline."
    return tried(key, label, told, lambda one: _answer(one, endpoint, rows), asked)


def _answer(asked: Asked, endpoint: Endpoint, rows: pl.DataFrame) -> Estimate:
    if not rows.filter(visit=endpoint.visit).height:
        raise AnalysisError(f"None of them is at visit {endpoint.visit}.")
    one = modelled(asked.protocol, endpoint, rows).at(endpoint.visit)
    return counted(one, rows)
