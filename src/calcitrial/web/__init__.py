"""The pages: what people see of a study in the browser, all of it read from the record and none of it stored.

`serve` shows a home on this computer. `pages` has one function per page; `reading` turns the values that are
current now into rows; `participants`, `lesion_rows`, `timeline` and `protocol_page` arrange them. The pages
take no entries and know no accounts yet.
"""

from calcitrial.web.serve import serve

__all__ = ["serve"]
