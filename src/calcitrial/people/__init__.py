"""Who may do what: roles and their capabilities, grants by study and site, and the scope that every reader has."""

from calcitrial.people.form_rights import author_of, capability_to_enter, site_of
from calcitrial.people.scope import Scope, capabilities_of, roles

__all__ = ["Scope", "author_of", "capabilities_of", "capability_to_enter", "roles", "site_of"]
