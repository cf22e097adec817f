"""Who may do what: roles and their capabilities, grants by study and site, and the scope that every reader has."""

from calcitrial.people.scope import Scope, capabilities_of, roles

__all__ = ["Scope", "capabilities_of", "roles"]
