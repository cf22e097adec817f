"""Visits that no protocol plans: U01, U02 and so on, which every study admits.

This is a rule of the house and no part of a definition: people come between two visits because something happened
to them, and the record of a trial must be able to hold that, whatever its protocol foresaw (ICH E6(R3) 4.2.1).
They have no window, and count for no endpoint.
"""

import re

NAME = re.compile(r"U(0[1-9]|[1-9][0-9])")


def is_unscheduled(visit: str) -> bool:
    """Return whether a visit has the name of one that was not planned: U01 to U99."""
    return NAME.fullmatch(visit) is not None
