"""Who may fit which trial: criteria as questions, in three values, for one person, a FHIR bundle, or a million people.

`still_asked` says which questions still matter after the answers so far; `judge` answers every criterion of a trial
with true, false or unknown, through the same assessment that screening uses; `rank_trials` and `rank_people` put the
judgements in order; `rank_records` does so with registry records, whose fields alone are judged. `facts_of` reads a
FHIR bundle. `many` does the same for many people at once in columns. Nobody is ever told that they are eligible: the
best that is said is that nothing speaks against it so far.
"""

from calcitrial.matching.bundle import read_bundles
from calcitrial.matching.facts import Facts, Unread
from calcitrial.matching.fhir import facts_of
from calcitrial.matching.in_registry import Recorded, rank_records
from calcitrial.matching.judge import Match, judge, rank_people, rank_trials
from calcitrial.matching.many import many
from calcitrial.matching.questions import Question, question_of, questions_of
from calcitrial.matching.records import judge_record
from calcitrial.matching.rules import remaining, still_asked

__all__ = [
    "Facts",
    "Match",
    "Question",
    "Recorded",
    "Unread",
    "facts_of",
    "judge",
    "judge_record",
    "many",
    "question_of",
    "questions_of",
    "rank_people",
    "rank_records",
    "rank_trials",
    "read_bundles",
    "remaining",
    "still_asked",
]
