"""What was promised for the imaging endpoint, and whether the records keep it."""

from collections.abc import Sequence
from dataclasses import dataclass

from grid import FINE
from runs import Record
from scores import chosen, drift, repeat_icc, repeatability, score, spread

CLEAR = ("clear", "shapes")
THICK = ("thick 3.3 mm",)


@dataclass(frozen=True)
class Target:
    """One promise: what it is about, what was reached, and between which limits that must lie."""

    name: str
    reached: float
    least: float
    most: float

    @property
    def met(self) -> bool:
        """Whether the promise is kept; nothing reached is not."""
        return self.least <= self.reached <= self.most


def targets(records: Sequence[Record]) -> list[Target]:
    """Return every promise with what calcitrial reached."""
    ours = chosen(records, method="calcitrial")
    mass = chosen(ours, quantity="mass")
    clear = chosen(mass, situation=CLEAR)
    fine = chosen(clear, configuration=FINE)
    thick = score(chosen(clear, configuration=THICK))
    pv = chosen(ours, quantity="volume_pv", situation=CLEAR)
    bone = score(chosen(mass, situation="touching bone"))
    steady = [score(chosen(mass, situation=some)) for some in (CLEAR, ("near bone", "in fat", "near skin"))]
    return [
        Target("mass, clear, voxels of 0.35-0.6 mm: mean absolute error, %", score(fine).mae, 0, 5),
        Target("mass, clear, 1 x 1 x 3.3 mm: mean absolute error, %", thick.mae, 0, 8),
        # A flag must not make the rest look better than the whole: the same promises over every answer.
        Target("mass, clear, voxels of 0.35-0.6 mm: error with what goes to a reader, %", score(fine).mae_all, 0, 5),
        Target("mass, clear, 1 x 1 x 3.3 mm: error with what goes to a reader, %", thick.mae_all, 0, 8),
        Target("mass, clear: spread over reconstructions, points", spread(clear), 0, 5),
        Target("mass, clear: difference of bias between reconstructions, points", drift(clear), 0, 5),
        Target("mass, clear, voxels of 0.35-0.6 mm: repeat wCV, %", repeatability(fine), 0, 3),
        Target(
            "mass, clear, voxels of 0.35-0.6 mm: repeat wCV with what goes to a reader, %",
            repeatability(fine, flagged=True),
            0,
            3,
        ),
        Target("mass, every situation, with what goes to a reader: repeat scans, ICC(2,1)", repeat_icc(mass), 0.93, 1),
        Target(
            "volume, partial volume corrected, clear, 0.35-0.6 mm: mean absolute error, %",
            score(chosen(pv, configuration=FINE)).mae,
            0,
            10,
        ),
        Target(
            "volume, partial volume corrected, clear, 0.35-0.6 mm: without an answer, %",
            score(chosen(pv, configuration=FINE)).silent,
            0,
            5,
        ),
        # Nothing unflagged means nothing silently wrong.
        Target(
            "mass, touching bone: worst error of what is not flagged, %",
            0.0 if bone.flagged == 100 else bone.worst,
            0,
            20,
        ),
        Target("mass, clear: intervals of 95 % that hold the truth, %", steady[0].coverage, 90, 99),
        Target("mass, clear: intervals with what goes to a reader that hold, %", steady[0].coverage_all, 90, 99),
        Target("mass, near bone, in fat, near skin: intervals that hold the truth, %", steady[1].coverage, 90, 99),
        Target("mass, clear, voxels of 0.35-0.6 mm: missed, %", score(fine).missed, 0, 0),
    ]
