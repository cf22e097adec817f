"""Wilson intervals of the topical registry against those written down beside its counts.

Witness: the founders' sim_params.csv, topical_responder: 9/28 EC 0.18 to 0.51, 2/7 HO 0.08 to 0.64 (Wilson).
"""

from calcitrial.evidence import claim


def test_wilson_intervals_of_the_topical_registry():
    ends = [tuple(round(end, 2) for end in found.wilson) for found in claim("topical", "response").intervals]
    assert ends == [(0.18, 0.51), (0.08, 0.64)]
