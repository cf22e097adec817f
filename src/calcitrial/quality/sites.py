"""Which participant belongs to which site: the item `site` of the form that opens the participant."""

import polars as pl

from calcitrial.protocol import Protocol, house_forms
from calcitrial.record import each_of, protocol_of


def sites_now(study: str) -> dict[str, str]:
    """Return the site of every participant of a study as the record stands now, by code."""
    return each_of(study, "sites", lambda rows: sites_of(protocol_of(study), rows))


def sites_of(protocol: Protocol, rows: pl.DataFrame) -> dict[str, str]:
    """Return the site of every participant that the rows hold; '' where none is entered."""
    known = (*protocol.forms, *house_forms().values())
    openers = [form.id for form in known if form.opens == "participant"]
    found = dict.fromkeys(rows["participant"].unique(), "")
    found.pop("", None)
    named = rows.filter(pl.col("form").is_in(openers) & (pl.col("item") == "site"))
    return found | dict(named.select("participant", "value").iter_rows())
