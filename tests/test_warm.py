"""After installation the loops are compiled: measuring then compiles nothing more."""

from calcitrial import warm
from calcitrial.voxels import runs


def test_the_loops_are_compiled_by_measuring_a_small_scan() -> None:
    warm.main()
    assert runs.scan_slab.signatures
