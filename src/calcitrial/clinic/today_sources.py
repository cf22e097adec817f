"""Where the page of today asks what is due: one function per topic."""

from collections.abc import Callable, Iterable
from datetime import date

from calcitrial.clinic import consent_pages
from calcitrial.clinic.due import Due
from calcitrial.clinic.safety_pages import due as safety_due
from calcitrial.people import Scope
from calcitrial.web import Reading

Source = Callable[[Reading, Scope, date], Iterable[Due]]

SOURCES: tuple[Source, ...] = (consent_pages.due,)
SOURCES: tuple[Source, ...] = (safety_due,)
