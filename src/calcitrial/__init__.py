"""calcitrial runs lesion-level trials of injected treatments, from protocol to report.

The verbs below are the product; the command line has the same ones.

    load a protocol, open a home and a study in it, screen and enrol people, add lesions, inject them,
    enter forms, measure images; cut what is known, verify it, analyse it, report it, ask why.
"""

from calcitrial.version import __version__  # isort: skip  (rooms read it from here)

from calcitrial.verbs import (
    add_lesion,
    allocate,
    analyse,
    begin_visit,
    cut,
    enrol,
    enter,
    export,
    inject,
    load,
    measure,
    open,  # noqa: A004  the verb of the product
    open_study,
    report,
    screen,
    verify,
    why,
)

__all__ = [
    "__version__",
    "add_lesion",
    "allocate",
    "analyse",
    "begin_visit",
    "cut",
    "enrol",
    "enter",
    "export",
    "inject",
    "load",
    "measure",
    "open",
    "open_study",
    "report",
    "screen",
    "verify",
    "why",
]
