"""Where trials take place: their sites by distance from a place, each with the source that names it."""

from dataclasses import dataclass, replace
from pathlib import Path

from calcitrial.registrations import Place, Site, Statement, Trial, distance_km
from calcitrial.registry.asking import search
from calcitrial.registry.search import Search

FARTHEST = 20_100.0
TRIALS = 40


@dataclass(frozen=True)
class Clinic:
    """A site of a trial, who names it, and how far it is in km (great circle); None when nobody says where it lies."""

    site: Site
    trial: Trial
    source: Statement
    km: float | None


@dataclass(frozen=True)
class Near:
    """The sites near a place, of the `TRIALS` nearest trials, and how many trials there are in all (or `more`)."""

    clinics: tuple[Clinic, ...]
    trials: int
    more: bool = False


def clinics(home: Path, asked: Search, address: str = "") -> Near:
    """Return the sites of all trials that fit within `asked.km` of `asked.near`, the nearest first.

    Of many trials the TRIALS nearest are looked at. Without a place there is nothing.
    """
    if asked.near is None:
        return Near((), 0)
    found = search(home, asked, address, most=TRIALS)
    every = [one for trial, _km in found.trials for one in clinics_of(trial, asked.near)]
    near = [one for one in every if one.km is not None and one.km <= asked.km]
    return Near(
        tuple(sorted(near, key=lambda one: (one.km or 0.0, one.trial.id, one.site.name))), found.total, found.more
    )


def clinics_of(trial: Trial, near: Place | None) -> tuple[Clinic, ...]:
    """Return all sites of a trial, the nearest first when a place is given, those of unknown place last."""
    found = [Clinic(site, trial, source, _away(site, near)) for site, source in trial.sites]
    return tuple(sorted(found, key=lambda one: (one.km is None, one.km or 0.0, one.site.country, one.site.name)))


def nearest_beyond(home: Path, asked: Search, address: str = "") -> Clinic | None:
    """Return the nearest site of any trial that fits, however far; None when there is none."""
    found = clinics(home, replace(asked, km=FARTHEST), address).clinics
    return found[0] if found else None


def _away(site: Site, near: Place | None) -> float | None:
    if near is None or site.latitude is None or site.longitude is None:
        return None
    return distance_km((near.latitude, near.longitude), (site.latitude, site.longitude))
