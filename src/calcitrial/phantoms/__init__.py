"""Scans of exactly known content, to try every measurement on what is known.

Two ways lead to one. The short way: a `Phantom` is a limb with bones and deposits; `render` gives its scan, `truth`
the exact size of each deposit, and `write_series` the scan as DICOM files; the simulated trials use it.
The long way keeps object and scanner apart: a `Scene` holds a limb, its shafts of bone and `Calcification`s of any
`Shape` (nodules, lumps, plates, sacs with chalk), `exact` tells their sizes, `sample` cuts it into fine cells, and
`acquire` reconstructs these with a `Scanner` (kernel, voxels, slice profile, noise, motion, shading), as often and in
as many ways as wanted. `insert` puts calcifications into a real series. `write_scan` writes what came out.
Every file is marked SIMULATED.
"""

from calcitrial.phantoms.artefacts import Ghost
from calcitrial.phantoms.ctfile import write_scan, write_series
from calcitrial.phantoms.insert import insert
from calcitrial.phantoms.limb import Bone, Deposit, Phantom, Truth, render, truth
from calcitrial.phantoms.scanner import SHARP, SOFT, Kernel, Scanner, acquire
from calcitrial.phantoms.scene import Calcification, Layer, Sampled, Scene, Shaft, exact, sample
from calcitrial.phantoms.shapes import Shape, Solid, ellipsoid, lump, plate, sediment, shell, sphere, volume_mm3

__all__ = [
    "SHARP",
    "SOFT",
    "Bone",
    "Calcification",
    "Deposit",
    "Ghost",
    "Kernel",
    "Layer",
    "Phantom",
    "Sampled",
    "Scanner",
    "Scene",
    "Shaft",
    "Shape",
    "Solid",
    "Truth",
    "acquire",
    "ellipsoid",
    "exact",
    "insert",
    "lump",
    "plate",
    "render",
    "sample",
    "sediment",
    "shell",
    "sphere",
    "truth",
    "volume_mm3",
    "write_scan",
    "write_series",
]
