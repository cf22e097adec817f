"""The same lesion in two scans.

`track` lays the limbs of a later scan over an earlier one by their bones, and says of each lesion whether it is there
still, has merged, split or vanished, which are new, and how much each has changed beside what its own measurement can
tell (`Link`). `tracking_json` and `tracking_text` make it plain data and words.
"""

from calcitrial.tracking.links import Link, Tracking, Untold
from calcitrial.tracking.present import tracking_json, tracking_text
from calcitrial.tracking.track import track

__all__ = [
    "Link",
    "Tracking",
    "Untold",
    "track",
    "tracking_json",
    "tracking_text",
]
