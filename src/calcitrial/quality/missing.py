"""Which required items of an entered form are still missing: what makes it a draft."""

from collections.abc import Mapping

import polars as pl

from calcitrial.protocol import Form, Item, Protocol, evaluate
from calcitrial.record import Place

Typed = str | float | bool


def missing_items(protocol: Protocol, rows: pl.DataFrame, place: Place) -> list[str]:
    """Return the labels of required items that are asked at a place and have no value."""
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
    return missing_of(form, dict(here.select("item", "value").iter_rows()))


def missing_of(form: Form, values: Mapping[str, str]) -> list[str]:
    """Return the labels of required items of a form that are asked, given its values, and have none."""
    absent = [item for item in form.items if item.required and not values.get(item.id)]
    if not any(item.show_if for item in absent):
        return [item.label for item in absent]
    typed = {name: _typed(form.item(name), text) for name, text in values.items() if text}
    return [item.label for item in absent if not item.show_if or evaluate(item.show_if, typed) == "true"]


def _typed(item: Item | None, text: str) -> Typed:
    if item and item.type in ("integer", "decimal"):
        return float(text)
    return text == "true" if item and item.type == "boolean" else text
