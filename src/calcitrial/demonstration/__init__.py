"""The demo: both shipped trials on simulated participants, entered through the same gateway as anybody's."""

from calcitrial.demonstration.run import UNTIL, Demonstration, prepare, run

__all__ = ["UNTIL", "Demonstration", "prepare", "run"]
