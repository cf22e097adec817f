"""Where the page of today asks what is due: the function `due` of each topic that has one."""

from collections.abc import Callable, Iterable
from datetime import date

from calcitrial.clinic.topics import topics
from calcitrial.desk import Due
from calcitrial.people import Scope
from calcitrial.web import Reading

Source = Callable[[Reading, Scope, date], Iterable[Due]]


def sources() -> tuple[Source, ...]:
    """Return what tells the things due, one function per topic."""
    return tuple(topic.due for topic in topics() if hasattr(topic, "due"))
