"""Every endpoint of the protocol answered, or the reasons why it cannot be."""

from calcitrial.analysis import Analysis, analyse
from calcitrial.protocol import RefusedError
from calcitrial.record import Cut


def answers(cut: Cut) -> tuple[tuple[Analysis, ...], tuple[str, ...]]:
    """Return every endpoint that the cut can answer, primary ones first, and why the others cannot be."""
    found: list[Analysis] = []
    refusals: list[str] = []
    for endpoint in sorted(cut.protocol.endpoints, key=lambda endpoint: endpoint.role != "primary"):
        try:
            found.append(analyse(cut, endpoint.id))
        except RefusedError as error:
            refusals += [f"{endpoint.label}: {problem.what} {problem.instead}".strip() for problem in error.problems]
    return tuple(found), tuple(refusals)
