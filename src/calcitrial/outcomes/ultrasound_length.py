"""Length of a lesion on ultrasound between calipers, where no three planes were taken."""

from calcitrial.outcomes.lesion_size import explain_size
from calcitrial.outcomes.sizes import Quantity

NAME = "ultrasound_length"
LABEL = "Length on ultrasound"
UNIT = "mm"
QUANTITY = Quantity("ultrasound_measurement", "length", "ultrasound", "site", UNIT)
explain = explain_size
