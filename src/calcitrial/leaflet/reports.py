"""What the published reports say, as sentences: each with its denominator, kind, people, strength and route."""

from collections.abc import Iterator

from calcitrial.claims import Sentence
from calcitrial.evidence import NOT_VISIBLE, Count, Study
from calcitrial.leaflet.desk import Desk
from calcitrial.synthesis import Synthesis, synthesise


def outcome_sentences(desk: Desk, outcome: str) -> Iterator[Sentence]:
    """Yield a sentence for each count of an outcome in the trial's own route and people, then the pooled share."""
    found = False
    for study in desk.ground.own:
        for count in study.counts_of(outcome):
            found = True
            yield _counted(desk, study, count)
    if not found:
        yield from desk.house("no_reports")
    yield from _pooled(desk, outcome)


def harm_words(desk: Desk) -> Iterator[Sentence]:
    """Yield what reports without a count of harms say of them: their words, or that nothing is shown."""
    for study in desk.ground.own:
        if study.counts_of("adverse_event") or not isinstance(study.n_patients, int):
            continue
        basis = (f"evidence.{study.id}",)
        if study.ae_text == NOT_VISIBLE or not study.ae_text:
            yield Sentence(desk.texts.words["silent"].format(n=study.n_patients), basis, study.route)
        elif '"' in study.ae_text:
            words = study.ae_text.split('"')[1].rstrip(".") + "…"
            yield Sentence(desk.texts.words["quoted"].format(n=study.n_patients, words=words), basis, study.route)


def elsewhere_sentences(desk: Desk) -> Iterator[Sentence]:
    """Yield the counts of other routes in the trial's people, and of its own route in other people."""
    for study in desk.reports:
        own_route, own_people = study.route == desk.ground.route, _alike(desk, study)
        if own_route == own_people or study.superseded_by or study.route not in desk.texts.routes:
            continue
        for count in study.counts:
            yield _counted(desk, study, count)


def synthesis_of(desk: Desk, outcome: str) -> Synthesis | None:
    """Return the synthesis of the trial's own reports; None where there is none."""
    reports = desk.ground.own
    return synthesise(desk.ground.route, outcome, reports) if reports else None


def _alike(desk: Desk, study: Study) -> bool:
    return bool(desk.ground.conditions & set(study.conditions))


def _counted(desk: Desk, study: Study, count: Count) -> Sentence:
    texts = desk.texts
    strength = f"{study.mg_per_ml:g} mg/mL" if study.mg_per_ml else study.concentration
    shown = bool(strength) and NOT_VISIBLE not in strength and "not shown" not in strength
    text = texts.words["count"].format(
        events=count.events,
        denominator=count.denominator,
        people=_people(desk, count.events),
        conditions=texts.condition_list(count.conditions or study.conditions),
        counted=texts.word(count.counted),
        kind=texts.kinds[study.kind],
        strength=texts.words["strength"].format(strength=strength) if shown else "",
        shots=texts.words["shots"].format(n=study.n_treatments) if _shots(study) else "",
        route=texts.routes.get(study.route, study.route),
    )
    return Sentence(" ".join(text.split()), (f"evidence.{study.id}/{count.outcome}",), study.route, count.outcome)


def _shots(study: Study) -> bool:
    return study.route == "intralesional" and isinstance(study.n_treatments, int)


def _people(desk: Desk, number: int) -> str:
    return desk.texts.words["person" if number == 1 else "people"]


def _pooled(desk: Desk, outcome: str) -> Iterator[Sentence]:
    found = synthesis_of(desk, outcome)
    if found is None or not found.lines:
        return
    if not found.pools:
        yield from desk.house("no_pooled")
    for pool in found.pools:
        one = pool.pooled
        text = desk.texts.words["pooled"].format(
            share=round(100 * one.estimate),
            low=round(100 * one.low),
            high=round(100 * one.high),
            events=one.events,
            denominator=one.n,
            people=_people(desk, one.events),
            reports=one.k,
        )
        yield Sentence(text, (f"pooled.{outcome}/{pool.counted}",), desk.ground.route, outcome)
