"""calcitrial runs lesion-level trials of injected treatments for ectopic calcification and ossification."""

__version__ = "0.1.0"
