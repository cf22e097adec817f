"""WHO ICTRP XML as statements: the search portal's export, and the form in which registries send data to ICTRP.

The first has one flat `<Trial>` per trial (`<TrialID>`, `<Public_title>` …), the second a `<trial>` with `<main>`,
`<contacts>`, `<criteria>` and lists. Files are read by expat; whatever declares a document type is refused, because
entities can be made to grow without end or to read files, and a registry's export has none.
"""

import re
from collections.abc import Iterator
from xml.parsers import expat

from calcitrial.protocol import Problem, RefusedError
from calcitrial.registrations.items import Items, lines
from calcitrial.registrations.own_protocol import NUMBERS
from calcitrial.registrations.plain_text import plain
from calcitrial.registrations.terms import countries_in, date_in, phases_in, sexes_in, statuses_in, years_in
from calcitrial.registrations.trial import Facets, Statement

KIND = "WHO ICTRP"
Fields = dict[str, list[str]]
DEEPEST = 30
# The element names of both forms, in lower case, for each item; the first that says something counts.
NAMES: dict[str, tuple[str, ...]] = {
    "2": ("date_registration3", "date_registration"),
    "4": ("source_support", "source_name"),
    "5": ("primary_sponsor",),
    "6": ("secondary_sponsor", "sponsor_name"),
    "9": ("public_title",),
    "10": ("scientific_title",),
    "11": ("countries", "country2"),
    "12": ("condition", "hc_freetext"),
    "13": ("intervention", "i_freetext"),
    "15": ("study_type", "study_design", "phase"),
    "16": ("date_enrollement", "date_enrolment", "date_enrollment"),
    "17": ("target_size",),
    "18": ("recruitment_status",),
    "19": ("primary_outcome", "prim_outcome"),
    "20": ("secondary_outcome", "sec_outcome"),
    "22": ("results_date_completed",),
}
SEVERAL: dict[str, tuple[str, ...]] = {
    "3": ("secondary_id", "sec_id", "acronym", "utrn"),
    "14": (
        "inclusion_criteria",
        "exclusion_criteria",
        "agemin",
        "inclusion_agemin",
        "agemax",
        "inclusion_agemax",
        "gender",
        "inclusion_gender",
    ),
    "21": (
        "ethics_status",
        "ethics_review_status",
        "ethics_approval_date",
        "ethics_review_approval_date",
        "ethics_contact_name",
        "ethics_review_contact_name",
    ),
    "23": ("results_date_posted", "results_url_link", "results_summary"),
    "24": ("results_ipd_plan", "results_ipd_description"),
}
PORTAL_CONTACT = (
    "contact_firstname",
    "contact_lastname",
    "contact_affiliation",
    "contact_address",
    "contact_tel",
    "contact_email",
)
OWN_CONTACT = (
    "firstname",
    "middlename",
    "lastname",
    "affiliation",
    "address",
    "city",
    "country1",
    "zip",
    "telephone",
    "email",
)


def trials_in(text: str) -> Iterator[Fields | Problem]:
    """Yield the leaf elements of each trial as they are read; at a fault the problem is the last thing yielded."""
    reader = _Reader()
    parser = expat.ParserCreate(encoding="utf-8")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _no_doctype
    parser.EntityDeclHandler = _no_doctype
    parser.StartElementHandler, parser.EndElementHandler = reader.begin, reader.end
    parser.CharacterDataHandler = reader.text.append
    try:
        for start in range(0, len(text), 1_000_000):
            parser.Parse(text[start : start + 1_000_000].encode("utf-8", "replace"), False)
            yield from reader.taken()
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        yield from reader.taken()
        what = f"The XML is broken at line {error.lineno}: {expat.errors.messages[error.code]}."
        yield Problem(f"line {error.lineno}", what, "What stands before it was read; export the file again.")
    except RefusedError as error:
        yield from error.problems
    yield from reader.taken()


def _no_doctype(*_declared: object) -> None:
    what = "It declares a document type or entities, which could grow without end or read files of this computer."
    raise RefusedError([Problem("DOCTYPE", what, "A registry's export has none; export it again.")])


class _Reader:
    """Collects the texts of the leaf elements of each trial; of `<contact>` also which sort of contact it is."""

    def __init__(self) -> None:
        self.path: list[str] = []
        self.text: list[str] = []
        self.trial: Fields | None = None
        self.contact: dict[str, str] = {}
        self.done: list[Fields] = []

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition(":")[2].lower()
        self.path.append(name)
        self.text.clear()
        if len(self.path) > DEEPEST:
            raise RefusedError([Problem(f"<{name[:40]}>", "Elements are nested too deeply.", "Export it again.")])
        if name == "trial":
            self.trial = {}

    def end(self, _name: str) -> None:
        name, value = self.path.pop(), "".join(self.text).strip()
        self.text.clear()
        if self.trial is None:
            return
        if name == "trial":
            self.done.append(self.trial)
            self.trial = None
        elif name == "contact":
            self._keep_contact()
        elif value and self.path[-1] == "contact":
            self.contact[name] = value
        elif value:
            self.trial.setdefault(name, []).append(value)

    def _keep_contact(self) -> None:
        told = ", ".join(self.contact[name] for name in OWN_CONTACT if name in self.contact)
        sort = "scientific_contact" if "scient" in self.contact.get("type", "").lower() else "public_contact"
        if told and self.trial is not None:
            self.trial.setdefault(sort, []).append(told)
        self.contact = {}

    def taken(self) -> list[Fields]:
        """Return the trials that were complete since the last call."""
        done, self.done = self.done, []
        return done


def statement_of_trial(found: Fields) -> Statement:
    """Return what one trial of an ICTRP file says; RefusedError when it has no number."""
    number = next((one for name in ("trialid", "trial_id") for one in found.get(name, [])), "").strip()
    if not re.fullmatch(r"[\w./ -]{4,60}", number):
        raise RefusedError([Problem("TrialID", f"{number[:40]!r} is no number of a trial.", "Every trial has one.")])
    items = Items(f"{KIND} {number}")
    register = _first(found, "source_register", "reg_name")
    items.give("1", f"{register} {number}".strip(), "TrialID", "Source_Register")
    for item, names in NAMES.items():
        _give_first(items, item, found, names)
    for item, names in SEVERAL.items():
        told = [(name, value) for name in names for value in found.get(name, [])]
        items.give(item, lines([value for _name, value in told]), *dict.fromkeys(name for name, _value in told))
    _contacts(items, found)
    facets = _facets(found)
    items.contradictions(facets.youngest, facets.oldest)
    other = [text for name in ("secondary_id", "sec_id", "utrn") for text in found.get(name, [])]
    return Statement(
        kind=KIND,
        id=number,
        ids=tuple(dict.fromkeys([number, *(one for text in other for one in NUMBERS.findall(text[:2000]))])),
        address=_address(_first(found, "web_address", "url")),
        updated=date_in(_first(found, "last_refreshed_on", "export_date")),
        items=items.done(),
        facets=facets,
        remarks=tuple(items.remarks),
    )


def _first(found: Fields, *names: str) -> str:
    return next((value for name in names for value in found.get(name, [])), "")


def _give_first(items: Items, item: str, found: Fields, names: tuple[str, ...]) -> None:
    """Give an item from the first element that speaks of it; the study type from all of them together."""
    spoken = [name for name in names if found.get(name)]
    used = spoken if item == "15" else spoken[:1]
    values = [value for name in used for value in found[name]]
    if item == "11":
        values = [country for value in values for country in countries_in(value)]
    items.give(item, lines(values), *used)


def _contacts(items: Items, found: Fields) -> None:
    portal = ", ".join(value for name in PORTAL_CONTACT for value in found.get(name, []))
    items.give("7", lines([portal, *found.get("public_contact", [])]), "Contact")
    items.give("8", lines(found.get("scientific_contact", [])), "contact of type scientific")


def _facets(found: Fields) -> Facets:
    countries = (name for text in found.get("countries", []) + found.get("country2", []) for name in countries_in(text))
    return Facets(
        statuses=statuses_in(_first(found, "recruitment_status")),
        phases=phases_in(_first(found, "phase")),
        sexes=sexes_in(_first(found, "inclusion_gender", "gender")),
        countries=tuple(dict.fromkeys(countries)),
        conditions=_parts(found, "condition", "hc_freetext", "hc_keyword"),
        interventions=_parts(found, "intervention", "i_freetext"),
        youngest=years_in(_first(found, "inclusion_agemin", "agemin")),
        oldest=years_in(_first(found, "inclusion_agemax", "agemax")),
        registered=date_in(_first(found, "date_registration3", "date_registration")),
    )


def _parts(found: Fields, *names: str) -> tuple[str, ...]:
    texts = [plain(text)[0] for name in names for text in found.get(name, [])]
    return tuple(dict.fromkeys(part.strip() for text in texts for part in re.split(r"[;\n]", text) if part.strip()))


def _address(text: str) -> str:
    """Return a web address that a page may link to; '' for anything but http and https."""
    return text[:500] if re.match(r"https?://[^\s<>\"']+$", text[:500]) else ""
