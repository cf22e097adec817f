"""The desk of safety: adverse events and their judgement, holds, reports with clocks, and the safety board."""

from calcitrial.safety_desk.event_entry import Sent as SentEvent
from calcitrial.safety_desk.event_entry import enter_event
from calcitrial.safety_desk.event_report import sheet_of
from calcitrial.safety_desk.event_view import EventView, event_views

__all__ = ["EventView", "SentEvent", "enter_event", "event_views", "sheet_of"]
