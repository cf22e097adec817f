"""Which definition was in force at each submission, replayed from the entries alone."""

from collections.abc import Iterable, Iterator, Sequence

from calcitrial.record import store
from calcitrial.record.versions import AMENDMENT, RELEASE, Versions, site_among


class InForce:
    """The definitions in force, moved on by one submission after the other."""

    def __init__(self, running: str, opening: Iterable[str]) -> None:
        self.running, self.opening = running, frozenset(opening)
        self.released: dict[str, str] = {}
        self.withdrawn: set[str] = set()
        self.said: dict[str, dict[str, str]] = {}

    def expected(self, rows: Sequence[store.Row]) -> set[str]:
        """Return the definition under which a submission of these entries was to be entered; moves people only."""
        codes = set()
        for row in rows:
            code, form, item, value = row[2], row[3], row[7], row[9]
            if code:
                codes.add(code)
            if code and form in self.opening and item == "site":
                self.said.setdefault(code, {})[form] = value
        released = {site: one for site, one in self.released.items() if one and site not in self.withdrawn}
        versions = Versions(self.running, released=released)
        if not codes or not versions.differ:
            return {self.running}
        return {versions.at(site_among(self.said.get(code, {}))) for code in codes}

    def move(self, rows: Sequence[store.Row]) -> Iterator[str]:
        """Take up what these entries say of the definitions; yield a sentence where an amendment begins elsewhere."""
        for row in rows:
            form, repeat, item, value = row[3], row[6], row[7], row[9]
            if form == RELEASE and item == "released_definition":
                self.released[repeat] = value
            elif form == RELEASE and item == "release_withdrawn":
                self.withdrawn = self.withdrawn | {repeat} if value == "true" else self.withdrawn - {repeat}
            elif form == AMENDMENT and item == "amended_from" and value != self.running:
                yield f"Amendment {repeat} begins at definition {value[:12]}, but {self.running[:12]} was in force."
            elif form == AMENDMENT and item == "amended_to":
                self.running = value


def definition_faults(
    opened_under: str, named: Sequence[tuple[int, str]], entries: Sequence[store.Row], opening: Iterable[str], now: str
) -> Iterator[str]:
    """Yield in sentences each submission that names a definition which was not in force when it was entered.

    `named` holds the number of each submission and the definition that it names; `now` is what the study runs under.
    """
    state, rows = InForce(opened_under, opening), dict[int, list[store.Row]]()
    for row in entries:
        rows.setdefault(row[1], []).append(row)
    for sequence, definition in named:
        here = rows.get(sequence, [])
        expected = state.expected(here)
        if expected != {definition}:
            told = " and ".join(sorted(one[:12] for one in expected))
            yield f"Submission {sequence} names definition {definition[:12]}, but {told} was in force."
        yield from state.move(here)
    if state.running != now:
        yield f"The study runs under definition {now[:12]}, but its amendments lead to {state.running[:12]}."
