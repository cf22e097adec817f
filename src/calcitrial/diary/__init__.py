"""What participants tell from home: diaries and questionnaires, by a link, and the reminders to fill them in.

An instrument is data (`<id>.toml` here; those of others come from their licence holder and stay in the home, `shelf`).
A plan says when it is asked; the `Book` puts plan, visits and injections together into occasions, each with a due day,
the days on which it is open, and what was answered. `answer` enters answers through the gateway, each with who told it
by which way and both clocks; `issue`, `open_link` and `revoke` keep personal links; `remind` writes e-mails without
personal data. Diaries feed no analysis by themselves: the form `pain` stays the source of the pain endpoint, and an
answer of `pain_nrs` beside it is another measurement, unless a protocol says otherwise.
"""

from calcitrial.diary.answers import (
    BY_LINK,
    CLOCK_WRONG,
    CORRECTION,
    Given,
    Teller,
    answer,
    clock_off,
    diary_by_hand_problems,
    diary_problems,
    moment_of,
)
from calcitrial.diary.book import Book, Occasion, Standing, book_of, read_book
from calcitrial.diary.instrument import Instrument, Question, parse_instrument
from calcitrial.diary.links import Holder, LinkOffer, issue, link_opens, links_of, next_link, open_link, revoke
from calcitrial.diary.reminders import Contact, Contacts, Reminded, remind
from calcitrial.diary.scoring import Score, scores
from calcitrial.diary.shelf import Slot, add_instrument, instruments, shipped, slots, version_at
from calcitrial.diary.words import day_words, words

__all__ = [
    "BY_LINK",
    "CLOCK_WRONG",
    "CORRECTION",
    "Book",
    "Contact",
    "Contacts",
    "Given",
    "Holder",
    "Instrument",
    "LinkOffer",
    "Occasion",
    "Question",
    "Reminded",
    "Score",
    "Slot",
    "Standing",
    "Teller",
    "add_instrument",
    "answer",
    "book_of",
    "clock_off",
    "day_words",
    "diary_by_hand_problems",
    "diary_problems",
    "instruments",
    "issue",
    "link_opens",
    "links_of",
    "moment_of",
    "next_link",
    "open_link",
    "parse_instrument",
    "read_book",
    "remind",
    "revoke",
    "scores",
    "shipped",
    "slots",
    "version_at",
    "words",
]
