"""Volume of a lesion on CT above the threshold: repeatable, but biased by blur; a secondary quantity."""

from calcitrial.outcomes.lesion_size import explain_size
from calcitrial.outcomes.sizes import Quantity

NAME = "ct_volume"
LABEL = "Volume on CT above the threshold"
UNIT = "mm³"
QUANTITY = Quantity("ct_measurement", "volume_threshold", "ct", "automatic", UNIT)
explain = explain_size
