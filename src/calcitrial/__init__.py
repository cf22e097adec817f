"""calcitrial runs lesion-level trials of injected treatments for ectopic calcification and ossification."""

from calcitrial.version import __version__

__all__ = ["__version__"]
