"""Further analyses of an endpoint: each asks how much the answer depends on one way of asking.

None of them replaces the primary one, and each that cannot be made says why.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import polars as pl

from calcitrial.analysis.intercurrent import StandIn, with_zero_as
from calcitrial.analysis.modelling import DIFFERENCE, RATIO, WIDEST, Modelled, logged, modelled
from calcitrial.analysis.ranks import rank_sum
from calcitrial.models import AnalysisError, Coefficient, Estimate, TTest, parse_formula
from calcitrial.protocol import Endpoint, Protocol
from calcitrial.statistics import fit_marginal, paired_t, signed_rank

INFINITE = "The interval has no bound; wait for more participants."
MMRM = "us(visit|participant)"


@dataclass(frozen=True, eq=False)
class Supporting:
    """One further analysis of the same endpoint, or why it cannot be made.

    `key` names it within the endpoint (`lesion_weighted`); `told` says method and assumption in a sentence, or, when
    `estimate` is None, the reason.
    """

    key: str
    label: str
    estimate: Estimate | None
    told: str


@dataclass(frozen=True, eq=False)
class Asked:
    """What a further analysis starts from: the endpoint, its rows (`used` marks those of the model), the model.

    `zero` is what stands in for the logarithm of 0, if anything does.
    """

    protocol: Protocol
    endpoint: Endpoint
    data: pl.DataFrame
    model: Modelled
    zero: StandIn | None

    @property
    def used(self) -> pl.DataFrame:
        """Return the rows of the model."""
        return self.data.filter("used")

    @property
    def there(self) -> pl.DataFrame:
        """Return the rows at the endpoint's visit."""
        return self.used.filter(visit=self.endpoint.visit)

    @property
    def response(self) -> str:
        """Return the column of the response."""
        return parse_formula(self.endpoint.formula).response.column

    @property
    def covariates(self) -> tuple[str, ...]:
        """Return the columns that the model adjusts for."""
        columns = [variable.column for variable in parse_formula(self.endpoint.formula).variables]
        return tuple(name for name in columns if name not in ("arm", "visit"))

    @property
    def arms(self) -> tuple[str, str]:
        """Return the treated and the control arm that are compared; AnalysisError where there are not both."""
        here = set(self.there["arm"])
        treated = [arm.id for arm in self.protocol.arms if arm.treated and arm.id in here]
        control = [arm.id for arm in self.protocol.arms if not arm.treated and arm.id in here]
        if not treated or not control:
            raise AnalysisError(f"At {self.endpoint.visit} there are not both a treated and a control arm.")
        return treated[0], control[0]

    @property
    def change(self) -> str:
        """Return the column that holds each row's change from baseline on the scale of the response."""
        return "log_ratio" if self.response == "log_size" else self.response

    def estimate(self, one: TTest | Coefficient, method: str, rows: pl.DataFrame | None = None) -> Estimate:
        """Return a result on the scale of the response as an estimate of the same kind as the primary one."""
        kept, ratio = self.there if rows is None else rows, logged(self.model.fit)
        if not all(
            math.isfinite(bound) and abs(bound) < WIDEST * (1 if ratio else 1e6) for bound in (one.low, one.high)
        ):
            raise AnalysisError(INFINITE)
        number, low, high = (math.exp(x) if ratio else x for x in (one.estimate, one.low, one.high))
        return Estimate(
            name=self.model.at(self.endpoint.visit).name,
            statistic="geometric mean ratio" if ratio else "mean difference",
            estimate=number,
            low=low,
            high=high,
            level=0.95,
            se=one.se,
            df=one.df,
            p=one.p,
            scale=RATIO if ratio else DIFFERENCE,
            method=method,
            n_rows=kept.height,
            n_participants=kept["participant"].n_unique(),
            n_lesions=kept.filter(pl.col("lesion") != "")["lesion"].n_unique(),
            dropped=0,
            entries=tuple(kept["entries"].explode().unique().sort().to_list()),
        )


def participant_means(asked: Asked, by: tuple[str, ...] = ("participant", "arm")) -> pl.DataFrame:
    """Return one row per participant and arm at the endpoint's visit, each lesion of the row counting alike."""
    rows = asked.there if "visit" not in by else asked.used
    names = dict.fromkeys((asked.response, asked.change, *asked.covariates))
    means = rows.group_by(by, maintain_order=True).agg(*(pl.col(name).mean() for name in names))
    return means.drop_nulls(list(names))


def differences(asked: Asked) -> list[float]:
    """Return one number per participant: the change, or its difference between the treated and the control lesions."""
    means = participant_means(asked)
    if asked.endpoint.contrast == "from_baseline":
        return [float(value) for value in means[asked.change]]
    treated, control = asked.arms
    wide = means.filter(arm=treated).join(means.filter(arm=control), on="participant")
    return [float(value) for value in wide[asked.change] - wide[f"{asked.change}_right"]]


def _by_participant(asked: Asked) -> Estimate:
    if asked.endpoint.contrast == "between_arms":
        return _marginal(asked, participant_means(asked), "one mean per participant")
    return asked.estimate(paired_t(differences(asked)), "t test of one number per participant")


def _by_lesion(asked: Asked) -> Estimate:
    return _marginal(asked, asked.there, "every lesion counting alike")


def _marginal(asked: Asked, rows: pl.DataFrame, what: str) -> Estimate:
    """Fit the endpoint's visit by GEE under independence, so that every row counts alike."""
    kept = [name for name in asked.covariates if rows[name].n_unique() > 1]
    method = f"Marginal model, {what}, Mancl-DeRouen covariance, t with participants less coefficients"
    if asked.endpoint.contrast == "from_baseline":
        fitted = fit_marginal(rows, f"{asked.response} ~ 1", "participant", working="independence")
        return asked.estimate(fitted.coefficients[0], method)
    treated, control = asked.arms
    formula = f"{asked.response} ~ {' + '.join(['arm', *kept])}"
    both = rows.filter(pl.col("arm").is_in([treated, control]))
    fitted = fit_marginal(both, formula, "participant", working="independence", levels={"arm": [control, treated]})
    return asked.estimate(next(c for c in fitted.coefficients if c.term == f"arm[{treated}]"), method)


def _by_rank(asked: Asked) -> Estimate:
    if asked.endpoint.contrast != "between_arms":
        one = signed_rank(differences(asked))
        method = "Exact signed rank test of one number per participant, with the Hodges-Lehmann estimate"
        return asked.estimate(_as_t(one.estimate, one.low, one.high, one.p), method)
    means, (treated, control) = participant_means(asked), asked.arms
    two = rank_sum(means.filter(arm=treated)[asked.change], means.filter(arm=control)[asked.change])
    method = "Rank sum test of one mean change per participant, with the Hodges-Lehmann shift"
    return asked.estimate(_as_t(two.estimate, two.low, two.high, two.p), method)


def _as_t(estimate: float, low: float, high: float, p: float) -> TTest:
    """A rank test has neither standard error nor degrees of freedom."""
    return TTest(estimate, math.nan, math.nan, math.nan, p, low, high)


def _with_offset(times: float) -> Callable[[Asked], Estimate]:
    def again(asked: Asked) -> Estimate:
        if not asked.used["vanished"].any():
            raise AnalysisError(
                "No lesion had vanished, so nothing stands in for 0 and the answer cannot depend on it."
            )
        rows = with_zero_as(asked.used, asked.zero, times)
        return modelled(asked.protocol, asked.endpoint, rows).at(asked.endpoint.visit)

    return again


def _of_means(asked: Asked) -> Estimate:
    """Fit the usual model for repeated measurements: one mean per participant and visit, unstructured."""
    if asked.endpoint.contrast == "within_participant":
        raise AnalysisError("Each participant has two means per visit, one per arm; this model takes one.")
    if asked.used["visit"].n_unique() < 2:
        raise AnalysisError("There is one visit, so there is no repeated measurement to model.")
    means = participant_means(asked, ("participant", "arm", "visit"))
    factors = ["visit"] if asked.endpoint.contrast == "from_baseline" else ["arm*visit"]
    formula = f"{asked.response} ~ {' + '.join([*factors, *asked.covariates, MMRM])}"
    return modelled(asked.protocol, asked.endpoint, means, formula).at(asked.endpoint.visit)


@dataclass(frozen=True)
class _Way:
    """One way of asking: its label, what it supposes, whether it needs lesions, and the function that does it."""

    label: str
    told: str
    lesions: bool
    make: Callable[[Asked], Estimate]


WAYS: Mapping[str, _Way] = {
    "participant_weighted": _Way(
        "Each participant counts alike",
        "One mean per participant at the endpoint's visit; supposes that who was measured is like who was not.",
        True,
        _by_participant,
    ),
    "lesion_weighted": _Way(
        "Each lesion counts alike",
        "Every lesion at the endpoint's visit counts alike, so people with many lesions count for more.",
        True,
        _by_lesion,
    ),
    "ranks": _Way(
        "By ranks",
        "Ranks of one number per participant: no distribution is supposed, and a vanished lesion is only the smallest.",
        False,
        _by_rank,
    ),
    "offset_half": _Way(
        "Half the stand-in for 0", "The primary model with half the size in place of 0.", True, _with_offset(0.5)
    ),
    "offset_double": _Way(
        "Twice the stand-in for 0", "The primary model with twice the size in place of 0.", True, _with_offset(2.0)
    ),
    "means_mmrm": _Way(
        "Repeated measurements of participant means",
        "One mean per participant and visit with an unstructured covariance (MMRM), Kenward-Roger without second "
        "derivatives; missing at random.",
        False,
        _of_means,
    ),
}


def supporting(asked: Asked) -> tuple[Supporting, ...]:
    """Return every further analysis that applies to an endpoint, made or with the reason why not."""
    with_lesions = (asked.used["lesion"] != "").any()
    return tuple(
        tried(key, way.label, way.told, way.make, asked) for key, way in WAYS.items() if with_lesions or not way.lesions
    )


def tried(key: str, label: str, told: str, make: Callable[[Asked], Estimate], asked: Asked) -> Supporting:
    """Return one further analysis, or the reason why it cannot be made."""
    try:
        return Supporting(key, label, counted(make(asked), asked.used), told)
    except AnalysisError as error:
        return Supporting(key, label, None, " ".join(error.problems))


def counted(one: Estimate, rows: pl.DataFrame) -> Estimate:
    """Return the estimate with the people, lesions and entries of the rows, where it comes from a model of them all."""
    if one.entries:
        return one
    return replace(
        one,
        n_participants=rows["participant"].n_unique(),
        n_lesions=rows.filter(pl.col("lesion") != "")["lesion"].n_unique(),
        entries=tuple(rows["entries"].explode().unique().sort().to_list()),
    )
