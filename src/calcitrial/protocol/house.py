"""The forms of the house: those that every study has, whatever its protocol asks.

Consents, queries, signatures, grants and the like belong to the program and not to the definition of a study, so
its digest does not cover them; each submission remembers the version of the program. One file `house_<topic>.toml`
per topic.
"""

import tomllib
from functools import cache
from pathlib import Path

from calcitrial.protocol.form import Form

HERE = Path(__file__).parent


@cache
def house_forms() -> dict[str, Form]:
    """Return the forms of the house by id."""
    found: dict[str, Form] = {}
    for path in sorted(HERE.glob("house_*.toml")):
        for raw in tomllib.loads(path.read_text("utf-8"))["forms"]:
            form = Form.model_validate(raw)
            if form.id in found:
                raise ValueError(f"{path.name} names the form {form.id!r} a second time; give it another id.")
            found[form.id] = form
    return found


def house_form(name: str) -> Form | None:
    """Return the form of the house with this id, or None."""
    return house_forms().get(name)
