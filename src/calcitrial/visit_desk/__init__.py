"""The desk of visits: visits and their windows, the forms, laboratory values, and the body map with its lesions."""

from calcitrial.visit_desk.form_entry import asked_about
from calcitrial.visit_desk.form_places import address_of
from calcitrial.visit_desk.lesion_cards import LesionCard, drawn_shapes, lesion_cards
from calcitrial.visit_desk.lesion_pages import SeeOther, opened
from calcitrial.visit_desk.visit_rows import standings_of

__all__ = [
    "LesionCard",
    "SeeOther",
    "address_of",
    "asked_about",
    "drawn_shapes",
    "lesion_cards",
    "opened",
    "standings_of",
]
