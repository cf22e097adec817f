"""Area of a lesion on a radiograph, in mm² of the patient: a projection, so its thickness does not count."""

from calcitrial.outcomes.lesion_size import explain_size
from calcitrial.outcomes.sizes import Quantity

NAME = "film_area"
LABEL = "Area on a radiograph"
UNIT = "mm²"
QUANTITY = Quantity("film_measurement", "area", "film", "site", UNIT)
explain = explain_size
