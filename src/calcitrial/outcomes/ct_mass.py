"""Calcium mass of a lesion on CT: the calibrated integral mass, the primary CT quantity of the project."""

from calcitrial.outcomes.lesion_size import explain_size
from calcitrial.outcomes.sizes import Quantity

NAME = "ct_mass"
LABEL = "Calcium mass on CT (hydroxyapatite)"
UNIT = "mg"
QUANTITY = Quantity("ct_measurement", "mass", "ct", "automatic", UNIT)
explain = explain_size
