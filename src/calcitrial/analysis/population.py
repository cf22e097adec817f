"""Who belongs to the population of an endpoint, decided by the record; what only words say is named as a gap."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from calcitrial.protocol import Condition, Endpoint
from calcitrial.reading import UNFINISHED
from calcitrial.record import Cut

NOT_ENROLLED = "the participant was not enrolled"
UNTREATED = "the arm is not treated, and the question is the change under treatment"
Outside = Mapping[str, tuple[str, list[int]]]  # participant: why, and the entries that say so


@dataclass(frozen=True)
class Enforced:
    """One part of an estimand as it was applied, or (`gap`) why it could not be.

    `part` is "population", "intercurrent event", "weight" or "zero"; `how` says in a sentence what was done; the
    counts are of whom it concerned, `entries` the record entries that say so.
    """

    part: str
    text: str
    how: str
    participants: int = 0
    lesions: int = 0
    rows: int = 0
    gap: bool = False
    entries: tuple[int, ...] = ()


def enforce_population(cut: Cut, endpoint: Endpoint, data: pl.DataFrame) -> tuple[pl.DataFrame, tuple[Enforced, ...]]:
    """Return the outcome table with the reason why rows lie outside the population, and what was enforced.

    Args:
        cut: the data cut.
        endpoint: whose conditions are asked; enrolment is asked always.
        data: the outcome table, with `excluded` and `entries`.

    Returns:
        The table, and one part per condition.
    """
    data = _with_enrolment(cut, data)
    data, told = _without(data, _not_enrolled(cut, data), "Enrolled", "people without an enrolment are left out")
    if endpoint.contrast == "from_baseline":
        untreated = [arm.id for arm in cut.protocol.arms if not arm.treated]
        reason = pl.when(pl.col("arm").is_in(untreated) & (pl.col("excluded") != NOT_ENROLLED)).then(pl.lit(UNTREATED))
        data = data.with_columns(reason.otherwise(pl.col("excluded")).alias("excluded"))
    enforced, out = [told], set(data.filter(excluded=NOT_ENROLLED)["participant"])
    for condition in endpoint.estimand.conditions:
        if condition.kind != "enrolled":
            data, told, more = _condition(cut, condition, data, out)
            enforced.append(told)
            out |= more
    if not endpoint.estimand.conditions:
        how = "The protocol gives the population in words alone; beyond enrolment nothing was enforced."
        enforced.append(Enforced("population", endpoint.estimand.population, how, gap=True))
    return data, tuple(enforced)


def _condition(
    cut: Cut, condition: Condition, data: pl.DataFrame, out: set[str]
) -> tuple[pl.DataFrame, Enforced, set[str]]:
    """Return the table after one condition, what was enforced, and who is out by it and was not `out` before."""
    label, ask = CONDITIONS[condition.kind]
    text = label.format(n=condition.at_least)
    outside = ask(cut, condition, data)
    if isinstance(outside, str):
        return data, Enforced("population", text, outside, gap=True), set()
    new = {who: why for who, why in outside.items() if who not in out}
    return *_without(data, new, text, "others are left out"), set(new)


def _without(data: pl.DataFrame, outside: Outside, text: str, how: str) -> tuple[pl.DataFrame, Enforced]:
    """Return the table without the rows of people outside, each with the reason, and the part that says so."""
    known = {who: why for who, why in outside.items() if who in set(data["participant"])}
    mine = pl.col("participant").is_in(sorted(known))
    reasons = pl.DataFrame(
        {
            "participant": list(known),
            "_why": [why for why, _ in known.values()],
            "_more": [more for _, more in known.values()],
        },
        schema={"participant": pl.String, "_why": pl.String, "_more": pl.List(pl.Int64)},
    )
    entries = pl.concat_list("entries", pl.col("_more").fill_null([])).list.unique().list.sort()
    joined = data.join(reasons, on="participant", how="left", maintain_order="left").with_columns(
        pl.when(mine).then(pl.col("_why")).otherwise(pl.col("excluded")).alias("excluded"),
        pl.when(mine).then(entries).otherwise(pl.col("entries")).alias("entries"),
    )
    rows = data.filter(mine)
    behind = tuple(sorted({number for _, numbers in known.values() for number in numbers}))
    lesions = rows.filter(pl.col("lesion") != "")["lesion"].n_unique()
    told = Enforced("population", text, f"Enforced: {how}.", len(known), lesions, rows.height, False, behind)
    return joined.drop("_why", "_more"), told


def _with_enrolment(cut: Cut, data: pl.DataFrame) -> pl.DataFrame:
    """Return the table with the entries of enrolment in the rows of each person: they decide that the rows count."""
    enrolled = cut.table("enrolment").select("participant", pl.col("entries").alias("_enrolled"))
    entries = pl.concat_list("entries", pl.col("_enrolled").fill_null([])).list.unique().list.sort()
    joined = data.join(enrolled, on="participant", how="left", maintain_order="left")
    return joined.with_columns(entries.alias("entries")).drop("_enrolled")


def _not_enrolled(cut: Cut, data: pl.DataFrame) -> Outside:
    enrolled = set(cut.table("enrolment")["participant"])
    return {who: (NOT_ENROLLED, []) for who in sorted(set(data["participant"]) - enrolled)}


def _unmet(cut: Cut, condition: Condition, data: pl.DataFrame) -> Outside | str:
    """Find who failed a criterion; unknown is no failure, and is said in the list of deviations."""
    if cut.protocol.form("criterion") is None:
        return "No form records whether criteria were met, so this was not enforced."
    failing = {c.id: "false" if c.type == "inclusion" else "true" for c in cut.protocol.criteria}
    rows = cut.table("criterion").iter_rows(named=True)
    return {
        row["participant"]: (f"criterion {row['repeat']} speaks against the participant", row["entries"])
        for row in rows
        if row["result"] and row["result"] == failing.get(row["repeat"])
    }


def _not_injected(cut: Cut, condition: Condition, data: pl.DataFrame) -> Outside | str:
    """Find who should have had injections and had fewer; a redacted answer is not a no."""
    if cut.protocol.form("injection") is None:
        return "No form records injections, so this was not enforced."
    rows = cut.table("injection")
    given = dict(rows.filter(pl.col("injected").fill_null("true") == "true").group_by("participant").len().iter_rows())
    treated = [arm.id for arm in cut.protocol.arms if arm.treated]
    people = sorted(set(data.filter(pl.col("arm").is_in(treated) | (pl.col("arm") == ""))["participant"]))
    refused = {row["participant"]: row["entries"] for row in rows.iter_rows(named=True)}
    few = "no injection was" if condition.at_least == 1 else f"fewer than {condition.at_least} injections were"
    reason = f"{few} given"
    return {who: (reason, refused.get(who, [])) for who in people if given.get(who, 0) < condition.at_least}


def _too_few_lesions(cut: Cut, condition: Condition, data: pl.DataFrame) -> Outside | str:
    if not (data["lesion"] != "").any():
        return "The outcome has no lesions, so their number was not enforced."
    baseline = next((visit.id for visit in cut.protocol.visits if visit.kind == "baseline"), "")
    visit = condition.visit or baseline
    rows = data.filter(pl.col("visit") == visit, pl.col("excluded").is_in(["", UNTREATED]), pl.col("value") > 0)
    count = dict(rows.group_by("participant").len().iter_rows())
    few = "no measurable lesion" if condition.at_least == 1 else f"fewer than {condition.at_least} measurable lesions"
    reason = f"{few} at {visit}"
    waits = data.filter(pl.col("visit") == visit, pl.col("excluded").str.starts_with(UNFINISHED))
    waiting = {str(who): list(numbers) for who, numbers in waits.group_by("participant").agg(_behind).iter_rows()}
    unknown = f"{UNFINISHED} at {visit}, so it is not known whether there are enough measurable lesions"
    everyone = sorted(set(data["participant"]))
    return {
        who: (unknown, waiting[who]) if who in waiting else (reason, [])
        for who in everyone
        if count.get(who, 0) < condition.at_least
    }


_behind = pl.col("entries").explode().unique().sort()


Ask = Callable[[Cut, Condition, pl.DataFrame], Outside | str]
CONDITIONS: dict[str, tuple[str, Ask]] = {
    "meets_criteria": ("Meets the criteria (none is known to speak against the participant)", _unmet),
    "injected": ("At least {n} injection(s) given, in arms that are treated", _not_injected),
    "measurable_lesions": ("At least {n} measurable target lesion(s)", _too_few_lesions),
}


def told(enforced: Iterable[Enforced]) -> tuple[str, ...]:
    """Return the sentences that a reader of the number must know: gaps, and whom a part concerned."""
    said = []
    for one in enforced:
        if one.gap:
            said.append(f"Not enforced, {one.text[:1].lower()}{one.text[1:]}: {one.how}")
        elif one.participants and one.part != "population":
            said.append(f"{one.text} ({one.participants} participant(s), {one.lesions} lesion(s)): {one.how}")
    return tuple(said)
