"""The cuts of two invented trials, which the tests of this room share with those of the other rooms of a report."""

from tests.invented_cuts import cut, two_arms

__all__ = ["cut", "two_arms"]
