"""A trial page and its short form, as parts of sentences that each point at what they rest on."""

from collections.abc import Iterator, Sequence

from calcitrial.claims import Page, Part, Sentence
from calcitrial.evidence import Study
from calcitrial.leaflet.desk import Desk
from calcitrial.leaflet.reports import elsewhere_sentences, few_people, harm_words, outcome_sentences
from calcitrial.leaflet.texts import LANGUAGES, texts_in
from calcitrial.protocol import Protocol, Visit

__all__ = ["LANGUAGES", "desk_of", "easy_page", "fit_page", "trial_page"]

FIT_WORDS = (
    "fit_intro",
    "fit_advice",
    "fit_skip",
    "fit_without",
    "fit_against",
    "fit_open",
    "fit_none",
    "fit_unwritten",
    "fit_doctor",
)

STEPS = (("screening", ("screening",)), ("treatment", ("baseline", "treatment")), ("follow_up", ("follow_up",)))
SHORT = ("recruitment_status", "phase", "first_enrolment", "completion_date", "sample_size", "sex", "age_minimum")


def desk_of(protocol: Protocol, reports: Sequence[Study], language: str) -> Desk:
    """Return what a page in a language is made from; RefusedError for a language without texts."""
    return Desk(protocol, reports, texts_in(language))


def trial_page(protocol: Protocol, reports: Sequence[Study], language: str) -> Page:
    """Return the page of a trial: everything that people ask, from the protocol and the reports."""
    desk = desk_of(protocol, reports, language)
    parts = {
        "about": [*desk.told("facts.intervention", "facts.conditions", "facts.objective"), *desk.house("advice")],
        "medicines": [*desk.told("facts.concomitant_treatment"), *desk.house("ask_medicines")],
        "safety": _safety(desk),
        "why": list(desk.told("facts.rationale")) or list(desk.house("no_rationale")),
        "evidence": [*outcome_sentences(desk, "response"), *desk.house("evidence_limits")],
        "elsewhere": [*elsewhere_sentences(desk), *desk.house("elsewhere_limits")],
        "team": _team(desk),
        "inclusion": [*_criteria(desk, "inclusion"), *desk.house("team_decides")],
        "exclusion": [*_criteria(desk, "exclusion")],
        "timeline": _timeline(desk),
        "treatments": [*desk.told(*_treatments())],
        "clinic": _clinic(desk),
        "who": [*desk.told("facts.primary_sponsor", "facts.secondary_sponsors", "facts.monetary_support")],
        "facts": [*desk.told("facts.primary_id", *(f"facts.{name}" for name in (*SHORT, "age_maximum", "countries")))],
        "data": [*desk.house("data_page"), *desk.told("facts.data_sharing"), *desk.house("data_ask")],
        "missing": [*_missing(desk)],
    }
    return _page(desk, parts)


def easy_page(protocol: Protocol, reports: Sequence[Study], language: str) -> Page:
    """Return the short page in easy words: the plain sentences of what the trial is, for whom, and what is unknown."""
    desk = desk_of(protocol, reports, language)
    parts = {
        "about": [*desk.house("easy_intro"), *desk.told("facts.intervention", "facts.conditions")],
        "safety": [*desk.house("easy_unknown")],
        "inclusion": [*_criteria(desk, "inclusion")],
        "exclusion": [*_criteria(desk, "exclusion")],
        "timeline": _timeline(desk),
        "clinic": _clinic(desk),
        "data": [*desk.house("data_page")],
        "who": [*desk.told("facts.primary_sponsor"), *desk.house("easy_choice", "team_decides", "advice")],
    }
    return _page(desk, parts)


def fit_page(protocol: Protocol, reports: Sequence[Study], language: str) -> Page:
    """Return what the questions of a trial say beside them: the rules, whom to call, and the sentences of the house."""
    desk = desk_of(protocol, reports, language)
    told = [
        one for one in FIT_WORDS if one != "fit_unwritten" or any(not rule.expression for rule in protocol.criteria)
    ]
    contacts = desk.told("facts.public_contact", "facts.scientific_contact")
    parts = {
        "about": [*desk.house(*told)],
        "inclusion": [*_criteria(desk, "inclusion")],
        "exclusion": [*_criteria(desk, "exclusion")],
        "clinic": [*desk.house("fit_call"), *_clinic(desk), *contacts],
    }
    return _page(desk, parts)


def _page(desk: Desk, parts: dict[str, list[Sentence]]) -> Page:
    titled = tuple(Part(name, desk.texts.parts[name], tuple(said)) for name, said in parts.items() if said)
    return Page(desk.protocol.id, desk.texts.language, desk.protocol.name, desk.protocol.digest, titled)


def _safety(desk: Desk) -> list[Sentence]:
    limits = desk.house("safety_limits") if few_people(desk, "adverse_event") else ()
    harms = [*outcome_sentences(desk, "adverse_event"), *harm_words(desk), *limits]
    return [*desk.told("facts.prior_safety"), *harms]


def _team(desk: Desk) -> list[Sentence]:
    people = list(desk.told(*(f"people.{person.name}" for person in desk.protocol.people)))
    return [*(people or desk.house("no_people")), *desk.told("facts.scientific_contact", "facts.public_contact")]


def _criteria(desk: Desk, kind: str) -> Iterator[Sentence]:
    yield from desk.told(*(f"criteria.{one.id}" for one in desk.protocol.criteria if one.type == kind))


def _treatments() -> tuple[str, ...]:
    doses = ("product", "concentration", "volume_per_lesion", "injections", "spacing", "guidance")
    return ("facts.intervention", "control", *(f"dose.{name}" for name in doses))


def _clinic(desk: Desk) -> list[Sentence]:
    sites = [f"sites.{site.id}" for site in desk.protocol.sites]
    return [*desk.told("facts.sites", "facts.countries", *sites), *desk.house("clinic_ask")]


def _timeline(desk: Desk) -> list[Sentence]:
    steps = [_step(desk, name, kinds) for name, kinds in STEPS]
    planned = [step for step in steps if step is not None] or list(desk.house("no_visits"))
    return [*desk.told("facts.stages"), *planned, *desk.house("visits_ask")]


def _step(desk: Desk, name: str, kinds: tuple[str, ...]) -> Sentence | None:
    visits = [visit for visit in desk.protocol.visits if visit.kind in kinds]
    if not visits:
        return None
    texts = desk.texts
    forms = dict.fromkeys(form for visit in visits for form in visit.forms if form in texts.forms)
    text = texts.words["step"].format(
        name=texts.kinds_of_visit[name],
        n=len(visits),
        visits=texts.words["visit" if len(visits) == 1 else "visits"],
        when=_when(desk, visits),
        what=texts.forms["what"].format(what=_listed(desk, [texts.forms[form] for form in forms]))
        if forms
        else texts.forms["none"],
        assumed=next((desk.hedge(visit).strip() for visit in visits if desk.hedge(visit)), ""),
    )
    return Sentence(text.strip(), tuple(f"visits.{visit.id}" for visit in visits))


def _when(desk: Desk, visits: Sequence[Visit]) -> str:
    words = desk.texts.words
    weeks = [str(visit.day // 7) for visit in visits if visit.day >= 0]
    return f"{words['week' if len(weeks) == 1 else 'weeks']} {_listed(desk, weeks)}" if weeks else words["before"]


def _listed(desk: Desk, items: Sequence[str]) -> str:
    head, last = ", ".join(items[:-1]), items[-1]
    return f"{head} {desk.texts.words['and']} {last}" if head else last


def _missing(desk: Desk) -> Iterator[Sentence]:
    # By name: a definition that was read back from the record has its facts in another order.
    for place, part in sorted(desk.ground.places.items()):
        if part.status == "unspecified" and not place.startswith("control.variants"):
            text = desk.texts.words["gap"].format(label=desk.label(place))
            yield Sentence(text, (place,))
