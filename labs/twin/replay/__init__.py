"""Replay of published networks: given their configurations, does the twin print what they did?"""

from labs.twin.replay.case import Case, CaseError, Step, load_case
from labs.twin.replay.judge import Verdict, judge
from labs.twin.replay.known import Known, load_known
from labs.twin.replay.page import page
from labs.twin.replay.play import Judged, play

__all__ = [
    "Case",
    "CaseError",
    "Judged",
    "Known",
    "Step",
    "Verdict",
    "judge",
    "load_case",
    "load_known",
    "page",
    "play",
]
