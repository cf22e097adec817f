"""What was measured, ready for analysis: one file per outcome measure, found by its name in the protocol.

An endpoint says `outcome = "ct_mass"`; `find("ct_mass")` is the measure in ct_mass.py. Its `derive` takes a cut
and returns one line per measured thing and visit, always in the same columns (`COLUMNS`): who, where, when, in
which arm, the value, the baseline, the logarithms that the formulas name, why a line stays out of the primary
analysis, and the numbers of the entries that the line is made of. Its `explain` says in sentences what was done
to the values. A new outcome is one new file with NAME, LABEL, UNIT, explain, and derive; a size on pictures has
QUANTITY in place of derive, and then comes by either source: as it was first measured, or as the blinded readers
arrived at it (`sizes`, which an endpoint names; `measure_of`).
"""

from calcitrial.outcomes.arms import arms_of
from calcitrial.outcomes.find import Measure, find, measure_of, names
from calcitrial.outcomes.sizes import Quantity
from calcitrial.outcomes.tidy import COLUMNS, SCHEMA

__all__ = ["COLUMNS", "SCHEMA", "Measure", "Quantity", "arms_of", "find", "measure_of", "names"]
