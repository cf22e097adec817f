"""Ages above 89, which identify: in whatever leaves the clinic they are one group, 90 or older.

HIPAA Safe Harbor, 45 CFR 164.514(b)(2)(i)(C). The record keeps the age that was entered, because criteria and doses
rest on it; a cut is the record itself and stays with those who may see it.
"""

OLDEST = 90
OR_OLDER = f"{OLDEST} or older"
AGE_ITEMS = frozenset({"age_years", "age_at_consent"})


def grouped_age(text: str) -> str:
    """Return an age in years as a number of a table: 90 for everybody who is 90 or older; other texts as they are."""
    return str(OLDEST) if text.isdecimal() and int(text) >= OLDEST else text


def told_age(years: float) -> str:
    """Return an age as a text of a report says it."""
    return OR_OLDER if years >= OLDEST else f"{years:g}"
