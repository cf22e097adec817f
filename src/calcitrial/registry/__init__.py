"""The trials of a home, for everybody to search: imported files, an index of them, and answers to questions.

`import_files` keeps registry files in a home as they came and puts what they say into the index (`catalogue`, `index`),
which is made from the files and can be made anew: SQLite's FTS5 in the home, and a copy of it in PostgreSQL when there
are many (`mirror`). `list_own` puts the home's own open studies beside them. `loading` reads a large file by several
processes, `prepared` says what a trial is in the index, and `writing` puts it there.
`find` asks either the same question; `ask` makes one of what a person typed. `clinics` gives sites
by distance (`nearby`). `synthetic` makes trials up to try the speed with.
"""

from calcitrial.registry.asking import Answer, ask, countries_of, search
from calcitrial.registry.catalogue import Imported, folder_of, import_files, list_own, opened, rebuild, trial_of
from calcitrial.registry.index import trials_of
from calcitrial.registry.nearby import TRIALS, Clinic, clinics, clinics_of, nearest_beyond
from calcitrial.registry.search import Found, Search, find
from calcitrial.registry.synthetic import write_studies

__all__ = [
    "TRIALS",
    "Answer",
    "Clinic",
    "Found",
    "Imported",
    "Search",
    "ask",
    "clinics",
    "clinics_of",
    "countries_of",
    "find",
    "folder_of",
    "import_files",
    "list_own",
    "nearest_beyond",
    "opened",
    "rebuild",
    "search",
    "trial_of",
    "trials_of",
    "write_studies",
]
