"""Every measurement of `make bench`, as tables. None is a test; each checks that the answers compared are the same.

python bench/all.py            everything, about a quarter of an hour
python bench/all.py demo       only the demo
"""

import platform
import sys
from collections.abc import Callable

import clinic_pages
import demo
import fits
import growth
import images
import public_pages
import report

import clinic
import matching
import record
import registry

PARTS: dict[str, tuple[str, Callable[[], str]]] = {
    "demo": ("The demo, 12 participants per trial: each stage's share", demo.report),
    "record": ("The record beside the bare INSERT of the same rows", lambda: record.table(record.measure())),
    "fits": ("One mixed model, 30 participants x 3 lesions x 5 visits", fits.report),
    "report": (f"The report of {report.PARTICIPANTS} participants", report.report),
    "clinic": (f"{clinic.USERS} people at the pages for {clinic.SECONDS} s, on both databases", clinic.report),
    "pages": ("Weight of the pages, and a long timeline", clinic_pages.report),
    "growth": ("Pages and saves from 100 to 10,000 participants", growth.report),
    "matching": (f"{matching.PEOPLE:,} people against {matching.SETS} sets of criteria", matching.report),
    "registry": (f"Search among {registry.TRIALS:,} trials", registry.report),
    "public": ("The public pages of a trial, each sentence checked", public_pages.report),
    "images": ("A scan searched, and files measured, beside their peers", images.report),
}


def main() -> None:
    """Print the tables of the parts named on the command line, or all."""
    print(f"Python {platform.python_version()} on {platform.machine()}. Machines are noisy: read ratios, not seconds.")
    for name in sys.argv[1:] or PARTS:
        title, measure = PARTS[name]
        print(f"\n{title}\n{'-' * len(title)}\n{measure()}")


if __name__ == "__main__":
    main()
