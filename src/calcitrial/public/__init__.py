"""Pages that everybody may open, without signing in: trials, the registry, clinics, the pre-screener.

`fit_files` gives the pre-screener of a trial as files beside the static export of its pages.
"""

from calcitrial.public.fit_export import fit_files

__all__ = ["fit_files"]
