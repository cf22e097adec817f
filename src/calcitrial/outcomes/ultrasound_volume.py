"""Volume of the ellipsoid that length, width and depth of a lesion span on ultrasound."""

from calcitrial.outcomes.lesion_size import explain_size
from calcitrial.outcomes.sizes import Quantity

NAME = "ultrasound_volume"
LABEL = "Volume of the ellipsoid on ultrasound"
UNIT = "mm³"
QUANTITY = Quantity("ultrasound_measurement", "volume_ellipsoid", "ultrasound", "site", UNIT)
explain = explain_size
