"""Rows of one participant with very many forms, all under one signature, made without a database."""

import orjson
import polars as pl

from calcitrial.quality.marks import mark

SCHEMA = {
    name: pl.Int64 if name in ("version", "number") else pl.String
    for name in ("participant", "form", "visit", "lesion", "repeat", "item", "version", "value", "unit", "number")
}
ITEMS = {"injected": "true", "volume": "0.5", "concentration": "150", "vial": "V1", "pain_during": "3"}


def rows_of(code: str, visits: int, lesions: int) -> pl.DataFrame:
    """Return one injection for each visit and lesion, and a signature under all of them."""
    lines: list[tuple[object, ...]] = []
    signed = []
    for visit in range(visits):
        for lesion in range(lesions):
            place = (code, "injection", f"V{visit}", f"{code}-L{lesion}", "")
            numbers = []
            for item, value in ITEMS.items():
                lines.append((*place, item, 1, value, "", len(lines) + 1))
                numbers.append(len(lines))
            signed.append([*place[1:], mark(numbers)])
    values = {
        "meaning": "reviewed",
        "printed_name": "I. Example",
        "signed_at": "2026-01-05T09:00:00.000000Z",
        "signed_forms": orjson.dumps(signed).decode(),
        "signed_digest": "0" * 64,
    }
    for item, value in values.items():
        lines.append((code, "signature", "", "", "S-1", item, 1, value, "", len(lines) + 1))
    return pl.DataFrame(lines, schema=SCHEMA, orient="row")
