"""Which version of the definition is in force where: the study's amendments, and what is released at each site.

The study runs under one definition; each amendment moves it to a newer one. Once it keeps releases, a site goes on
under the version that was released there last, until the newer one is released there too, so that nothing stops at a
site whose ethics committee has not answered yet. A submission names the definition under which it was entered.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from calcitrial.protocol import Form, Problem, Protocol, house_forms, refuse, relaxed
from calcitrial.record import store
from calcitrial.record.entry import Draft
from calcitrial.record.study import protocol_of, read_head

AMENDMENT, RELEASE = "amendment", "release"
# The values that say which definition is in force: verification rests on them, so they cannot be taken out.
DECIDING = ("amended_from", "amended_to", "released_definition", "release_withdrawn")


@dataclass(frozen=True)
class Amendment:
    """One amendment: its number, the digests before and after it, and what was said about it.

    `entry` is the number of the entry that names the definition after it; what is entered later stands behind it.
    """

    number: int
    before: str
    after: str
    version: str
    on: str
    reason: str
    approval: str
    reconsent: bool
    entry: int


@dataclass(frozen=True)
class Versions:
    """Which definition a study runs under, and which one is released at each site ({} where none was ever)."""

    running: str
    amendments: tuple[Amendment, ...] = ()
    released: Mapping[str, str] = field(default_factory=dict)

    @property
    def differ(self) -> bool:
        """Return whether some site goes on under another version than the running one."""
        return any(one != self.running for one in self.released.values())

    def at(self, site: str) -> str:
        """Return the definition in force at a site; the running one where none is released."""
        return self.released.get(site) or self.running


def versions_of(study: str) -> Versions:
    """Return which definition is in force where; RefusedError when the study is not open."""
    return versions_under(study, read_head(study).definition)


def versions_under(study: str, running: str) -> Versions:
    """Return the same of a study that is known to run under this definition."""
    told: dict[tuple[str, str], dict[str, str]] = {}
    numbers: dict[str, int] = {}
    for _code, form, _visit, _lesion, repeat, item, _version, value, _unit, number in _said(study):
        told.setdefault((form, repeat), {})[item] = value
        if item == "amended_to":
            numbers[repeat] = number
    amendments = [
        _amendment(int(repeat), one, numbers[repeat])
        for (form, repeat), one in told.items()
        if form == AMENDMENT and repeat.isdecimal() and repeat in numbers
    ]
    released = {
        site: one["released_definition"]
        for (form, site), one in told.items()
        if form == RELEASE and one.get("released_definition") and one.get("release_withdrawn") != "true"
    }
    return Versions(running, tuple(sorted(amendments, key=lambda one: one.number)), released)


def _said(study: str) -> list[store.Row]:
    return store.current(study, [""], [AMENDMENT, RELEASE])


def _amendment(number: int, told: Mapping[str, str], entry: int) -> Amendment:
    return Amendment(
        number,
        told["amended_from"],
        told["amended_to"],
        told.get("amended_version", ""),
        told.get("amended_on", ""),
        told.get("amendment_reason", ""),
        told.get("amendment_approval", ""),
        told.get("amendment_reconsent") == "true",
        entry,
    )


def running_at(study: str, sequence: int) -> str:
    """Return the definition that a study ran under after this submission."""
    query = "SELECT sequence, item, value FROM record_entry WHERE study = %s AND participant = '' AND form = %s"
    moved = [row for row in store.rows(f"{query} ORDER BY number", [study, AMENDMENT]) if row[1] in DECIDING]
    if last := [value for at, item, value in moved if item == "amended_to" and at <= sequence]:
        return str(last[-1])
    first = [value for _at, item, value in moved if item == "amended_from"]
    return str(first[0]) if first else read_head(study).definition


def openers(protocols: Iterable[Protocol]) -> list[str]:
    """Return the forms that open participants, sorted: their item `site` says where a participant is."""
    forms = [*house_forms().values(), *(form for protocol in protocols for form in protocol.forms)]
    return sorted({form.id for form in forms if form.opens == "participant"})


def site_among(said: Mapping[str, str]) -> str:
    """Return the site of a participant from what each opening form says of it."""
    return next((said[form] for form in sorted(said) if said[form]), "")


def sites_said(study: str, protocol: Protocol, codes: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return what each opening form of these participants says about their site."""
    wanted, found = sorted({*codes} - {""}), dict[str, dict[str, str]]()
    for row in store.current(study, wanted, openers([protocol]), ["site"]) if wanted else ():
        found.setdefault(row[0], {})[row[1]] = row[7]
    return found


def in_force(study: str, running: str, drafts: Sequence[Draft]) -> str:
    """Return the definition that holds for these forms: that of the site of the participants whom they are about.

    Forms about nobody are under the running one. Raises RefusedError where the sites are under different ones.
    """
    versions = versions_under(study, running)
    codes = sorted({code for draft in drafts if isinstance(code := draft.place.participant, str) and code})
    if not versions.differ or not codes:
        return running
    protocol = protocol_of(study, running)
    said, opening = sites_said(study, protocol, codes), openers([protocol])
    for draft in drafts:
        if draft.place.form in opening and "site" in draft.values:
            said.setdefault(draft.place.participant, {})[draft.place.form] = str(draft.values["site"] or "").strip()
    found = {code: versions.at(site_among(said.get(code, {}))) for code in codes}
    if len(set(found.values())) > 1:
        told = "; ".join(f"{code}: {digest[:12]}" for code, digest in found.items())
        what = f"These forms are about people of sites with different versions of the definition ({told})."
        refuse([Problem(study, what, "Enter the forms of each site apart.")])
    return next(iter(found.values()))


def protocol_for(study: str, participant: str) -> Protocol:
    """Return the definition in force for a participant: that of their site; RefusedError when the study is not open."""
    versions = versions_of(study)
    running = protocol_of(study, versions.running)
    if not versions.differ or not participant:
        return running
    site = site_among(sites_said(study, running, [participant]).get(participant, {}))
    return protocol_of(study, versions.at(site))


def protocol_at(study: str, site: str) -> Protocol:
    """Return the definition in force at a site; RefusedError when the study is not open."""
    return protocol_of(study, versions_of(study).at(site))


def begun_under(study: str, place: Sequence[str]) -> str:
    """Return the definition under which the form at a place was first entered; '' when it is not there."""
    query = f"""SELECT s.definition FROM record_entry e JOIN record_submission s
        ON s.study = e.study AND s.sequence = e.sequence WHERE e.study = %s
        AND {" AND ".join(f"e.{name} = %s" for name in store.PLACE.split(", "))} ORDER BY e.number LIMIT 1"""
    found = store.rows(query, [study, *place])
    return str(found[0][0]) if found else ""


@dataclass(frozen=True)
class EnteredUnder:
    """Under which definition each entry of an amended study was entered: from `starts[n]` on under `digests[n]`."""

    study: str
    starts: tuple[int, ...]
    digests: tuple[str, ...]

    def definition(self, number: int) -> str:
        """Return the definition under which the entry of this number was entered."""
        return self.digests[bisect_right(self.starts, number) - 1]

    def form(self, form: Form, numbers: Iterable[int]) -> Form:
        """Return a form as it is asked where its values are these entries: what is newer than they are may be empty."""
        first = min(numbers, default=0)
        then = protocol_of(self.study, self.definition(first)).form(form.id) if first else None
        return form if then is None or then == form else relaxed(form, then)


def entered_under(study: str) -> EnteredUnder | None:
    """Return under which definition what was entered; None for a study that was never amended."""
    if not store.is_amended(study):
        return None
    query = """SELECT first_entry, definition FROM (
        SELECT first_entry, definition, LAG(definition) OVER (ORDER BY sequence) AS before
        FROM record_submission WHERE study = %s) moved
        WHERE before IS NULL OR before <> definition ORDER BY first_entry"""
    found = store.rows(query, [study])
    return EnteredUnder(study, tuple(row[0] for row in found), tuple(row[1] for row in found)) if found else None
