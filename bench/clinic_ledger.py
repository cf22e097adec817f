"""What the record says of the saves that were acknowledged: each exactly once, by its author, on the version seen."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from clinic_home import BY, STUDY
from clinic_user import Save

from calcitrial.record import Place, Step, participant_trail, verify_study


def faults(saves: Sequence[Save], participants: Iterable[str]) -> list[str]:
    """Return a sentence for everything in the record that is not as the saves ended; none when all is well."""
    found: list[str] = []
    trails = {code: participant_trail(STUDY, code) for code in participants}
    explained: set[int] = set()
    for one in saves:
        steps = [step for step in trails[one.participant] if _is_of(step, one)]
        sequences = {step.sequence for step in steps}
        explained |= sequences
        least, most = {"saved": (1, 1), "broken": (0, 1)}.get(one.ended, (0, 0))
        if not least <= len(sequences) <= most:
            found.append(f"{one} has {len(sequences)} submissions.")
        if any(step.version != one.expected + 1 for step in steps):
            found.append(f"{one} made the versions {sorted({step.version for step in steps})}.")
    for trail in trails.values():
        found += _gaps(trail)
        found += [
            f"Nobody saved entry {step.number} of {step.author} at {step.place}."
            for step in trail
            if step.author != BY.name and step.sequence not in explained
        ]
    verified = verify_study(STUDY)
    return found if verified.ok else [*found, f"The chain is broken: {verified.fault}"]


def _is_of(step: Step, one: Save) -> bool:
    place = Place(one.participant, one.form, one.visit, repeat=one.repeat)
    marked = not one.mark or one.mark in (step.value, step.reason)
    return step.place == place and step.author == one.author and marked


def _gaps(trail: Sequence[Step]) -> list[str]:
    versions: dict[Place, set[int]] = defaultdict(set)
    for step in trail:
        versions[step.place].add(step.version)
    return [
        f"{place} has the versions {sorted(there)}."
        for place, there in versions.items()
        if there != set(range(1, max(there) + 1))
    ]
