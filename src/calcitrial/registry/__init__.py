"""Trials as registries tell them: imported from their files, searched by anybody, nothing merged away.

`import_files` reads ClinicalTrials.gov JSON, WHO ICTRP XML and protocol TOML into a home. `reading` finds the
statements in a file; `ctgov`, `ictrp` and `own_protocol` turn each into the WHO items with where they were read
(`items`, `terms`, `plain_text`). A `Trial` keeps what every source says side by side, and `compare` says where they
contradict each other. `index` keeps the trials in SQLite's FTS5, `mirror` in PostgreSQL when there are many; `find`
asks either the same question. `locate` finds a postal code or a town without any network. `synthetic` makes trials
to try the speed with.
"""

from calcitrial.registry.asking import Answer, ask, countries_of, search
from calcitrial.registry.catalogue import Imported, import_files, opened, rebuild, trial_of
from calcitrial.registry.compare import NO_FIELD, Said
from calcitrial.registry.gazetteer import CREDIT, EARTH_KM, Place, country_places, distance_km, locate
from calcitrial.registry.index import trials_of
from calcitrial.registry.nearby import TRIALS, Clinic, clinics, clinics_of, nearest_beyond
from calcitrial.registry.reading import statements_in
from calcitrial.registry.search import Found, Search, find
from calcitrial.registry.synthetic import write_studies
from calcitrial.registry.terms import (
    PHASES,
    STATUSES,
    country_codes,
    country_named,
    country_names,
    phases_in,
    statuses_in,
    years_in,
)
from calcitrial.registry.trial import Facets, Item, Site, Statement, Trial

__all__ = [
    "CREDIT",
    "EARTH_KM",
    "NO_FIELD",
    "PHASES",
    "STATUSES",
    "TRIALS",
    "Answer",
    "Clinic",
    "Facets",
    "Found",
    "Imported",
    "Item",
    "Place",
    "Said",
    "Search",
    "Site",
    "Statement",
    "Trial",
    "ask",
    "clinics",
    "clinics_of",
    "countries_of",
    "country_codes",
    "country_named",
    "country_names",
    "country_places",
    "distance_km",
    "find",
    "import_files",
    "locate",
    "nearest_beyond",
    "opened",
    "phases_in",
    "rebuild",
    "search",
    "statements_in",
    "statuses_in",
    "trial_of",
    "trials_of",
    "write_studies",
    "years_in",
]
