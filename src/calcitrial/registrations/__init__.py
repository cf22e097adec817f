"""What registries and protocols say of a trial: the WHO items of each source with where they were read, side by side.

`statements_in` finds what a file says: `ctgov`, `ictrp` and `own_protocol` turn ClinicalTrials.gov JSON, WHO ICTRP XML
and protocol TOML into statements (`reading`, `items`), in one spelling (`terms`) and as plain words (`plain_text`). A
`Trial` is all statements about one trial; `compare` says where they contradict each other, and nothing is merged.
`locate` finds a postal code or a town without any network (`gazetteer`).
"""

from calcitrial.registrations.compare import NO_FIELD, Said
from calcitrial.registrations.gazetteer import CREDIT, EARTH_KM, Place, country_places, distance_km, locate
from calcitrial.registrations.own_protocol import statement_of_protocol
from calcitrial.registrations.plain_text import searchable
from calcitrial.registrations.reading import LINES, numbered_lines, statements_in, statements_in_lines
from calcitrial.registrations.terms import PHASES, STATUSES, country_codes, country_named, country_names, years_in
from calcitrial.registrations.trial import OLDEST, YOUNGEST, Facets, Item, Site, Statement, Trial

__all__ = [
    "CREDIT",
    "EARTH_KM",
    "LINES",
    "NO_FIELD",
    "OLDEST",
    "PHASES",
    "STATUSES",
    "YOUNGEST",
    "Facets",
    "Item",
    "Place",
    "Said",
    "Site",
    "Statement",
    "Trial",
    "country_codes",
    "country_named",
    "country_names",
    "country_places",
    "distance_km",
    "locate",
    "numbered_lines",
    "searchable",
    "statement_of_protocol",
    "statements_in",
    "statements_in_lines",
    "years_in",
]
