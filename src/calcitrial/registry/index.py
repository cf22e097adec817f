"""The index of trials: its tables, and the trials read from it.

A trial stands at the place `n` of the order in which trials are shown (`place_of`): what is sought by words or by a
facet comes out of the index in that order already, and a page costs its own lines and not all that fit. Rows that are
searched are narrow; texts and statements stand apart. Everything is made from statements, so it can be thrown away.
"""

import sqlite3
import zlib
from collections.abc import Sequence

from calcitrial.registrations import Statement, Trial

TABLES = """
CREATE TABLE trial (n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, standing INTEGER NOT NULL, registered TEXT NOT NULL,
  youngest REAL NOT NULL, oldest REAL NOT NULL);
CREATE TABLE text (n INTEGER PRIMARY KEY, title TEXT NOT NULL, conditions TEXT NOT NULL, interventions TEXT NOT NULL,
  rest TEXT NOT NULL);
CREATE TABLE statement (trial INTEGER NOT NULL, key TEXT NOT NULL, content BLOB NOT NULL);
CREATE UNIQUE INDEX statement_key ON statement (key);
CREATE INDEX statement_trial ON statement (trial);
CREATE TABLE name (id TEXT NOT NULL, trial INTEGER NOT NULL, PRIMARY KEY (id, trial)) WITHOUT ROWID;
CREATE INDEX name_trial ON name (trial);
CREATE TABLE facet (kind TEXT NOT NULL, value TEXT NOT NULL, trial INTEGER NOT NULL,
  PRIMARY KEY (kind, value, trial)) WITHOUT ROWID;
CREATE INDEX facet_trial ON facet (trial);
CREATE TABLE site (trial INTEGER NOT NULL, latitude REAL NOT NULL, longitude REAL NOT NULL);
CREATE INDEX site_where ON site (latitude, longitude, trial);
CREATE INDEX site_trial ON site (trial);
CREATE TABLE changes (count INTEGER NOT NULL);
INSERT INTO changes VALUES (0);
CREATE VIRTUAL TABLE words USING fts5 (title, conditions, interventions, rest, content='text', content_rowid='n',
  tokenize='unicode61 remove_diacritics 0', detail='column', columnsize=0);
"""
# What most statements contain, so that each takes less room. Who changes it changes SHAPE.
USUAL = (
    b'"unspecified""The source has no field for it.""placed":"registry","standing":"seen","note":"""status":"Recruiting'
    b'"contact":"","latitude":"longitude":"region":"postal_code":"country":"United States""statuses":["recruiting"]'
    b'"phases":["2"],"sexes":["female","male"],"countries":["conditions":["interventions":["healthy":["no"],'
    b'"youngest":18.0,"oldest":null,"registered":"["ClinicalTrials.gov NCT0: identificationModule.nctId"],""],'
    b"statusModule.studyFirstSubmitDate identificationModule.orgStudyIdInfo.id identificationModule.briefTitle "
    b"identificationModule.officialTitle sponsorCollaboratorsModule.leadSponsor "
    b"sponsorCollaboratorsModule.collaborators "
    b"contactsLocationsModule.centralContacts contactsLocationsModule.overallOfficials "
    b"contactsLocationsModule.locations "
    b"conditionsModule.conditions armsInterventionsModule.interventions armsInterventionsModule.armGroups "
    b"eligibilityModule designModule designModule.enrollmentInfo statusModule.startDateStruct "
    b"statusModule.completionDateStruct statusModule.overallStatus outcomesModule.primaryOutcomes "
    b'outcomesModule.secondaryOutcomes hasResults ipdSharingStatementModule","seen",["https://clinicaltrials.gov/study/'
)
SHAPE = 3
DAYS, IDS = 22, 32


def place_of(standing: int, registered: str, listed: str) -> int:
    """Return where a trial stands: by its status, the newest registered first, then by its number.

    The bits are 4 of the standing, 22 of the date from the last to the first (year x 13 x 32, month x 32, day), and 32
    of the NCT number, or of a checksum of any other number; two trials at one place are told apart by who writes them.
    """
    year, month, day = (int(part) for part in f"{registered}-0-0".split("-")[:3]) if registered else (0, 0, 0)
    date = (min(year, 9999) * 13 + month) * 32 + day
    nct = listed[3:] if listed.startswith("NCT") else ""
    low = (
        int(nct) if nct.isdecimal() and nct.isascii() and len(nct) == 8 else 1 << 31 | zlib.crc32(listed.encode()) >> 1
    )
    return ((standing << DAYS) + ((1 << DAYS) - 1 - date) << IDS) + low


def statements_of(link: sqlite3.Connection, trial: int) -> list[Statement]:
    """Return what every source says of the trial at a place of the index."""
    rows = link.execute("SELECT content FROM statement WHERE trial = ? ORDER BY key", [trial])
    return [Statement.from_json(unpacked(row[0])) for row in rows]


def packed(content: bytes) -> bytes:
    """Return bytes as they are kept."""
    press = zlib.compressobj(1, zdict=USUAL)
    return press.compress(content) + press.flush()


def unpacked(content: bytes) -> bytes:
    """Return what was packed."""
    return zlib.decompressobj(zdict=USUAL).decompress(content)


def trials_of(link: sqlite3.Connection, numbers: Sequence[int]) -> list[Trial]:
    """Return trials by their places in the index, in the order that is asked for."""
    found = []
    for number in numbers:
        row = link.execute("SELECT id FROM trial WHERE n = ?", [number]).fetchone()
        if row:
            found.append(Trial(row[0], tuple(statements_of(link, number))))
    return found
