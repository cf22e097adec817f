"""Which required items of an entered form are still missing: what makes it a draft."""

from collections.abc import Mapping

import polars as pl

from calcitrial.protocol import Form, Protocol, not_asked
from calcitrial.record import Place, entered_under


def missing_items(protocol: Protocol, rows: pl.DataFrame, place: Place) -> list[str]:
    """Return the labels of required items that were asked at a place when it was entered, and have no value."""
    form = protocol.form(place.form)
    if form is None:
        return []
    here = rows.filter(
        (pl.col("participant") == place.participant)
        & (pl.col("form") == place.form)
        & (pl.col("visit") == place.visit)
        & (pl.col("lesion") == place.lesion)
        & (pl.col("repeat") == place.repeat)
    )
    under = entered_under(protocol.id)
    asked = under.form(form, here["number"].to_list()) if under else form
    return missing_of(asked, dict(here.select("item", "value").iter_rows()))


def missing_of(form: Form, values: Mapping[str, str]) -> list[str]:
    """Return the labels of required items of a form that are asked, given its values, and have none."""
    absent = [item for item in form.items if item.required and not values.get(item.id)]
    if not any(item.show_if for item in absent):
        return [item.label for item in absent]
    left_out = not_asked(form, values)
    return [item.label for item in absent if item.id not in left_out]
