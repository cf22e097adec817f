"""What the product does, one short function per verb; page, command line and script all come through here."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from secrets import token_bytes
from tempfile import TemporaryDirectory

from calcitrial.analysis import analyse
from calcitrial.consents import consent_problems, withdrawal_problems
from calcitrial.diary import diary_by_hand_problems, diary_problems
from calcitrial.dicom import Series, opened, read_series
from calcitrial.exchange import ae_dataset_text, to_csv
from calcitrial.imaging import Lesion, Seed, Settings
from calcitrial.imaging import measure as measure_series
from calcitrial.intake import Deidentification, Taken, retrieve, series_of, study_secret
from calcitrial.intake import take as take_pictures
from calcitrial.lesions import (
    add_lesion,
    allocate,
    allocation_problems,
    follow_states,
    frozen_problems,
    inject,
    injection_problems,
    lesion_problems,
    state_problems,
)
from calcitrial.participants import (
    begin_visit,
    code_problems,
    consent_by_hand_problems,
    enrol,
    enrolment_problems,
    follow_consents,
    laboratory_problems,
    prescreening_problems,
    screen,
    visit_problems,
)
from calcitrial.people import amendment_by_hand_problems, people_problems, release_problems
from calcitrial.pharmacy import (
    dose_problems,
    drug_problems,
    inject_session,
    second_check_problems,
    vial_problems,
)
from calcitrial.protocol import SHIPPED, Problem, Protocol, RefusedError, load, refuse
from calcitrial.quality import (
    by_hand_problems,
    edit_check_problems,
    endorsements,
    final_problems,
    locks,
    policy_problems,
    signature_problems,
)
from calcitrial.reading import reading_problems
from calcitrial.record import (
    Author,
    Close,
    Cut,
    Decision,
    Draft,
    Follow,
    Gateway,
    Place,
    Receipt,
    Rule,
    Told,
    Verification,
    connect,
    current_rows,
    gateway,
    make_cut,
    now,
    protocol_of,
    verify_study,
)
from calcitrial.record import amend as amend_record
from calcitrial.record import open_study as open_door
from calcitrial.reporting import BoardPaths, ReportPaths, why, write_board, write_report
from calcitrial.safety import event_problems, follow_holds, hold_problems, safety_by_hand_problems
from calcitrial.tracking import Tracking
from calcitrial.tracking import track as track_series
from calcitrial.version import __version__
from calcitrial.vigilance import deliver as deliver_notices
from calcitrial.vigilance import queue_notices, send_queued

__all__ = [
    "add_lesion",
    "allocate",
    "amend",
    "analyse",
    "begin_visit",
    "board",
    "cut",
    "deliver",
    "door",
    "endorsed",
    "enrol",
    "enter",
    "enter_sizes",
    "export",
    "fetch",
    "inject",
    "inject_session",
    "load",
    "measure",
    "open",
    "open_study",
    "place_of_pictures",
    "report",
    "screen",
    "take",
    "track",
    "verify",
    "why",
]


def open(home: str | Path, database: str = "", *, create: bool = False) -> None:  # noqa: A001
    """Open a home (a folder with its record) for this process; `create` makes one where there is none.

    `database` is empty for SQLite in the home, or the address of a PostgreSQL database.
    """
    connect(Path(home), database, create=create)


def open_study(protocol: Protocol) -> Gateway:
    """Open a study in this home under its protocol and return the one door that writes into it."""
    return open_door(protocol, __version__, rules=RULES, follows=FOLLOWS, closes=CLOSES, told=TOLD)


def door(study: str, participant: str = "") -> Gateway:
    """Return the one door that writes into an open study, with the rules of all rooms.

    It has the definition that the study runs under, or that of the site of a participant. Whichever it has, what is
    entered is held to the one in force where it belongs.
    """
    return gateway(study, __version__, RULES, FOLLOWS, CLOSES, TOLD, participant)


def enter(study: str, drafts: Sequence[Draft], by: Author) -> Receipt:
    """Append forms to a study as one submission, all or nothing; RefusedError lists every problem.

    The rules that single forms have are checked here too: who may be enrolled, what may be injected, where
    a lesion may lie, which words name an adverse event, and that arms come from the allocation. A correction is
    judged by the whole form as it would then stand.
    """
    here = door(study)
    known = [problem for one in drafts for problem in _not_by_hand(here, one)]
    return here.enter(drafts, by, known)


def amend(study: str, definition: Protocol, decision: Decision, by: Author, seen: str = "") -> Receipt:
    """Move a running study to another definition in one submission; what it holds already stays as it was entered.

    `seen` is the digest that `preview` started from ('' when nobody looked): who amended meanwhile is not overruled.
    Raises RefusedError with everything that speaks against it, all at once.
    """
    return amend_record(door(study), definition, decision, by, seen)


def deliver(study: str) -> tuple[int, str]:
    """Send the messages about events that wait; return how many were sent, and '' or what went wrong."""
    return deliver_notices(door(study))


def _not_by_hand(here: Gateway, one: Draft) -> Iterator[Problem]:
    """Yield a problem for a form that only a verb of its room enters, such as an arm."""
    for rule in BY_VERB_ONLY:
        yield from rule(here, one)


# What holds for every form, whoever enters it and by which door; and what keeps a form to the verb of its room.
RULES: tuple[Rule, ...] = (
    release_problems,
    enrolment_problems,
    edit_check_problems,
    visit_problems,
    laboratory_problems,
    lesion_problems,
    frozen_problems,
    state_problems,
    injection_problems,
    dose_problems,
    vial_problems,
    second_check_problems,
    drug_problems,
    code_problems,
    prescreening_problems,
    consent_problems,
    withdrawal_problems,
    diary_problems,
    event_problems,
    hold_problems,
    signature_problems,
    policy_problems,
)
BY_VERB_ONLY: tuple[Rule, ...] = (
    people_problems,
    amendment_by_hand_problems,
    allocation_problems,
    reading_problems,
    by_hand_problems,
    consent_by_hand_problems,
    diary_by_hand_problems,
    safety_by_hand_problems,
)
# What is entered together with the forms of one act, whoever enters it: the hold that an event calls for.
FOLLOWS: tuple[Follow, ...] = (follow_states, follow_holds, follow_consents)
# What is entered last, about the entries of the act; and what is done once it is committed: messages queued, then sent.
CLOSES: tuple[Close, ...] = (queue_notices,)
TOLD: tuple[Told, ...] = (send_queued,)


PLACE = Place._fields
KEYS = (*PLACE, "values", "expected", "reason", "partial", "confirmed")


def drafts(contents: Sequence[Mapping[str, object]]) -> list[Draft]:
    """Return the drafts that plain mappings describe; RefusedError with the problems of all of them."""
    refuse([problem for number, one in enumerate(contents, 1) for problem in _draft_problems(number, one)])
    return [_draft(one) for one in contents]


def draft(content: Mapping[str, object]) -> Draft:
    """Return the draft that a plain mapping describes: place keys, `values`, `expected`, `reason`."""
    return drafts([content])[0]


def _draft(content: Mapping[str, object]) -> Draft:
    values, confirmed = content.get("values"), content.get("confirmed")
    return Draft(
        Place(*(str(content.get(key) or "") for key in PLACE)),
        dict(values) if isinstance(values, Mapping) else {},
        int(str(content.get("expected") or 0)),
        str(content.get("reason") or ""),
        content.get("partial") is True,
        {str(item): str(what) for item, what in confirmed.items()} if isinstance(confirmed, Mapping) else {},
    )


def _draft_problems(number: int, content: Mapping[str, object]) -> Iterator[Problem]:
    place = f"form {number} of the list"
    for key in content:
        if key not in KEYS:
            yield Problem(place, f"The key {key!r} is unknown.", f"Known: {', '.join(KEYS)}.")
    if not isinstance(content.get("values"), Mapping):
        yield Problem(place, f"Its values are {content.get('values')!r}.", "Write an object of items and values.")
    expected = content.get("expected")
    if expected is not None and not str(expected).isdecimal():
        yield Problem(place, f"The expected version is {expected!r}.", "Write the version that you saw, or 0.")


def measure(
    folder: str | Path, seeds: Sequence[Seed] | None = None, settings: Settings | None = None
) -> tuple[Series, list[Lesion]]:
    """Read a folder or ZIP of CT slices and return series and lesions; SeriesError when it cannot be trusted."""
    with opened(Path(folder)) as found:
        series = read_series(found)
    return series, measure_series(series, seeds, settings or Settings())


Step = Callable[[int, int], object]
Sizes = Mapping[str, Mapping[str, object]]
Rectangles = tuple[tuple[int, int, int, int], ...]


def place_of_pictures(
    home: Path, study: str, participant: str, visit: str, keep: Rectangles = ()
) -> tuple[Path, Deidentification]:
    """Return the folder of a visit's pictures and how they are de-identified, with the study's own secret.

    Raises RefusedError when the study is not open here, has no such visit, or does not know the participant.
    """
    visits = [one.id for one in protocol_of(study).visits]
    problems = []
    if visit not in visits:
        problems.append(Problem("visit", f"{study} has no visit {visit!r}.", f"Its visits: {', '.join(visits)}."))
    if not participant or current_rows(study, participant).is_empty():
        what = f"{participant!r} is not in the record of {study}."
        problems.append(Problem("participant", what, "Screen the participant first, or check the code."))
    refuse(problems)
    secret = study_secret(home / "secrets" / f"{study}.pictures.key", token_bytes)
    return home / "images" / study / participant / visit, Deidentification(secret, participant, keep)


def enter_sizes(
    home: Path, study: str, file: Path, form: str, at: tuple[str, str], sizes: Sizes, by: Author, reason: str = ""
) -> Receipt:
    """Enter what was measured on one picture, a form per lesion, as one submission; measured again it needs a reason.

    Args:
        home: where the pictures lie.
        study: an open study.
        file: the picture; only one that was taken in at this visit is known to be of this person, and without a name.
        form: film_measurement or ultrasound_measurement.
        at: participant and visit.
        sizes: the values of the form by lesion; what is not among them is cleared.
        by: who measured.
        reason: why it was measured again.

    Raises:
        RefusedError: with every problem.
    """
    participant, visit = at
    own = home / "images" / study / participant / visit
    if not (participant and visit and file.resolve().is_relative_to(own.resolve())):
        what = f"The picture is not among those taken in for {participant} at {visit}."
        instead = f"Take it in (calcitrial take FOLDER {study} PARTICIPANT VISIT) and name the file below {own}."
        refuse([Problem(file.name, what, instead)])
    here, versions = door(study), dict[Place, int]()
    for *place, _item, version, _value, _unit, _number in current_rows(study, participant, (form,)).iter_rows():
        versions[Place(*place)] = max(version, versions.get(Place(*place), 0))
    asked = here.protocol.form(form)
    empty = dict.fromkeys(item.id for item in asked.items) if asked else {}
    drafts = []
    for lesion, values in sizes.items():
        there = versions.get(Place(participant, form, visit, lesion), 0)
        whole = {**empty, **values} if there else dict(values)
        drafts.append(Draft(Place(participant, form, visit, lesion), whole, there, reason if there else ""))
    return enter(study, drafts, by)


def take(source: Path, into: Path, rules: Deidentification, step: Step = lambda done, whole: None) -> Taken:
    """De-identify a folder or ZIP of pictures into the folder of a visit; see `place_of_pictures` for both."""
    return take_pictures(source, into, rules, step)


def fetch(
    url: str,
    uids: tuple[str, str],
    into: Path,
    rules: Deidentification,
    step: Step = lambda done, whole: None,
) -> Taken:
    """Retrieve a study or one series of it by DICOMweb and take it; what names the person is gone afterwards.

    `uids` are those of study and series as the other system knows them; '' for the series means all of them.
    """
    study, series = uids
    with TemporaryDirectory(prefix="calcitrial-") as name:
        for number, one in enumerate([series] if series else series_of(url, study)):
            retrieve(url, study, one, Path(name) / str(number), step)
        return take_pictures(Path(name), into, rules, step)


def track(
    baseline: str | Path, followup: str | Path, seeds: Sequence[Seed] | None = None, settings: Settings | None = None
) -> tuple[Series, Series, Tracking]:
    """Read two folders of CT slices and return both series and what became of each lesion of the first."""
    with opened(Path(baseline)) as first, opened(Path(followup)) as second:
        earlier, later = read_series(first), read_series(second)
    return earlier, later, track_series(earlier, later, seeds, settings or Settings())


def cut(study: str, at: int | datetime | None = None) -> Cut:
    """Return everything known in a study now, after submission `at`, or at the moment `at`."""
    return make_cut(study, __version__, at)


def endorsed(study: str) -> dict[str, object]:
    """Return what makes a cut made now the final one: who endorsed the data of each site, and the lock.

    Raises RefusedError while the study is not locked, or the endorsement of a site is missing or void.
    """
    refuse(final_problems(study))
    given = {site: one.words for site, one in endorsements(study).items() if one}
    held = locks(study)[""]
    return {"final": {"endorsed": given, "locked": {"by": held.name, "at": held.at, "reason": held.reason}}}


def verify(study: str) -> Verification:
    """Replay a study's whole record and return whether every entry is what was entered."""
    return verify_study(study)


def export(study: str, standard: str) -> bytes:
    """Return a study in a standard form: 'who-trds' (CSV) or 'dataset-json' (adverse events, CDISC 1.1).

    The WHO items come from the shipped protocol of this name, or else from the definition that an open study
    runs under. Raises RefusedError for another standard.
    """
    if standard == "who-trds":
        return to_csv(load(study) if study in SHIPPED else protocol_of(study)).encode()
    if standard != "dataset-json":
        what = f"There is no standard {standard!r}."
        raise RefusedError([Problem("standard", what, "Write who-trds or dataset-json.")])
    return ae_dataset_text(cut(study), now())


def board(cut: Cut, out: str | Path, *, closed: bool = True) -> BoardPaths:
    """Write the safety board's package of a cut (open and closed part) into a folder and return where it is."""
    return write_board(cut, Path(out), closed=closed)


def report(cut: Cut, out: str | Path) -> ReportPaths:
    """Write the report of a cut (HTML, PDF/A, Word, data) into a folder and return where everything is."""
    return write_report(cut, Path(out))
