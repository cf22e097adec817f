"""Pictures in and out of the house, and the person taken out of them.

Pictures come in with `take` (a folder or ZIP), `receiving` (C-STORE) or `retrieve` (WADO), and each is de-identified on
the way (`deidentify`: PS3.15 as a table in `profile.csv`, checked by the list of what may remain, `allowed.csv`). They
go out with `send` (C-STORE) and `store` (STOW).
"""

from calcitrial.intake.deidentify import Deidentification, deidentify
from calcitrial.intake.receiver import Door, receiving
from calcitrial.intake.secret import study_secret
from calcitrial.intake.send import Peer, Sent, files_of, peer, send
from calcitrial.intake.source import take
from calcitrial.intake.taken import SeriesTaken, Taken
from calcitrial.intake.web import retrieve, search, series_of, store

__all__ = [
    "Deidentification",
    "Door",
    "Peer",
    "Sent",
    "SeriesTaken",
    "Taken",
    "deidentify",
    "files_of",
    "peer",
    "receiving",
    "retrieve",
    "search",
    "send",
    "series_of",
    "store",
    "study_secret",
    "take",
]
