"""The manners that every part of a protocol shares."""

from pydantic import BaseModel, ConfigDict


class Part(BaseModel):
    """Common manners of all parts: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")
