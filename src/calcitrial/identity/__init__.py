"""Who the participants are, apart from the record: the one place where a name lies.

`Identity` is what is known of a person. The `Vault` (`open_vault`) keeps it under a key per person, shows it to who
says why (a `Looker` with one of `REASONS`), writes every look into a log that only grows, and destroys the key when a
person is to be erased. The record knows codes alone.
"""

from calcitrial.identity.identity import FIELDS, Identity, years_between
from calcitrial.identity.vault import REASONS, Looker, Vault, open_vault
from calcitrial.identity.vault_file import Look

__all__ = [
    "FIELDS",
    "REASONS",
    "Identity",
    "Look",
    "Looker",
    "Vault",
    "open_vault",
    "years_between",
]
