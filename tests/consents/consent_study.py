"""A small Limoges study with consent documents in use, for the tests of consent and of its pages."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from calcitrial import verbs
from calcitrial.consents import Document, add_document, release, templates
from calcitrial.participants import register
from calcitrial.protocol import choose_control, load
from calcitrial.record import Author, Gateway, open_study

NURSE = Author("nora", "study_nurse")
ADMIN = Author("ada", "administrator")
SITE = "LIMOGES"
FIRST = date(2026, 1, 1)
KINDS = {"adult": "adult consent", "parent": "parental consent", "assent": "assent"}


def gateway_of(study: str = "limoges", day: date = date(2026, 6, 1)) -> Gateway:
    """Open the study with the rules of all rooms, on a day."""
    protocol = choose_control(load("limoges"), "concurrent_untreated") if study == "limoges" else load(study)
    moments = (datetime(day.year, day.month, day.day, 9, tzinfo=UTC) + timedelta(seconds=n) for n in range(10**6))
    return open_study(protocol, "test", clock=lambda: next(moments), rules=verbs.RULES)


def put_into_use(
    gateway: Gateway,
    folder: Path,
    version: str = "1",
    since: date = FIRST,
    reconsent: str = "not needed",
    names: Sequence[str] = tuple(KINDS),
    site: str = SITE,
) -> None:
    """Add a version of each document in both languages and release it at the site."""
    for name in names:
        for language in ("en", "fr"):
            text = f"{templates()[KINDS[name], language]}\nVersion {version}.\n"
            document = Document(name, version, language, f"{name} {version}", KINDS[name], since, reconsent, "", True)
            add_document(gateway, folder, document, text, ADMIN)
        release(gateway, name, version, site, since, ADMIN)


def registered(gateway: Gateway, site: str = SITE) -> str:
    """Register somebody and return the code."""
    return register(gateway, site, FIRST, NURSE)
