"""Scans of exactly known content, to try every measurement on what is known.

A `Phantom` is a limb with bones and deposits; `render` gives its scan, `truth` the exact size of each deposit,
and `write_series` the scan as DICOM files marked as simulated. Tests, the accuracy table and the simulated
trials use the same phantoms.
"""

from calcitrial.phantoms.ctfile import write_series
from calcitrial.phantoms.limb import Bone, Deposit, Phantom, Truth, render, truth

__all__ = ["Bone", "Deposit", "Phantom", "Truth", "render", "truth", "write_series"]
