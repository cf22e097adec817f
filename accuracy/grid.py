"""What is tried: the situations, the scanners that look at each, and a case of one situation."""

from dataclasses import dataclass, replace
from typing import Literal

from calcitrial.imaging import Settings
from calcitrial.phantoms import SHARP, SOFT, Ghost, Scanner, Scene

CONFIGURATIONS: dict[str, Scanner] = {
    "soft 0.35": Scanner(SOFT, (0.35, 0.35, 0.35), 0.7, 22.0),
    "soft 0.5": Scanner(SOFT, (0.5, 0.5, 0.5), 0.6, 20.0),
    "soft 0.6": Scanner(SOFT, (0.6, 0.6, 0.6), 0.6, 18.0),
    "sharp 0.35": Scanner(SHARP, (0.35, 0.35, 0.35), 0.7, 50.0),
    "sharp 0.5": Scanner(SHARP, (0.5, 0.5, 0.5), 0.6, 45.0),
    "sharp 0.6": Scanner(SHARP, (0.6, 0.6, 0.6), 0.6, 40.0),
    "soft 2 mm": Scanner(SOFT, (2.0, 0.6, 0.6), 2.0, 10.0),
    "thick 3.3 mm": Scanner(SOFT, (3.3, 1.0, 1.0), 3.3, 8.0),
}
FINE = tuple(name for name in CONFIGURATIONS if name[-1].isdigit())
SITUATIONS = (
    "clear",
    "shapes",
    "near bone",
    "touching bone",
    "in fat",
    "fibrous in fat",
    "near skin",
    "uneven tissue",
    "motion",
    "shading",
)
IN_FAT = ("in fat", "near skin")  # the hydroxyapatite lies in the fat itself
RADII = (1.5, 2.0, 3.0, 4.5, 6.0)  # mm
HU = (150.0, 300.0, 500.0, 900.0)  # of hydroxyapatite, above soft tissue
GRAIN_HU, UNEVEN_HU = 2.0, 8.0  # healthy muscle, and muscle with fat between its fibres, over a few millimetres
MG_PER_HU = Settings().calibration_mg_per_cm3_per_hu
MOVED = (Ghost((0.0, 0.0, 0.0), 0.55), Ghost((0.8, 0.4, 0.3), 0.3), Ghost((-1.2, 0.5, 0.0), 0.15))


@dataclass(frozen=True)
class Case:
    """One scene: its situation, a name to find it by, what it adds to each scanner, and the sizes of its lesions.

    `radius_mm` and `hu` go by lesion id; where a shape has no radius, that of a sphere of about its size is given.
    """

    situation: str
    name: str
    scene: Scene
    radius_mm: dict[str, float]
    hu: dict[str, float]
    spoil: Literal["", "motion", "shading"] = ""

    def scanner(self, configuration: str) -> Scanner:
        """Return the scanner of a configuration, spoilt as this case is."""
        scanner = CONFIGURATIONS[configuration]
        if self.spoil == "motion":
            return replace(scanner, motion=MOVED)
        return replace(scanner, cupping_hu=25.0, streak_hu=40.0) if self.spoil == "shading" else scanner
