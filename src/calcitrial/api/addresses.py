"""All addresses of the program interface."""

from calcitrial.api import (
    acts_allocation,
    acts_amendments,
    acts_consent,
    acts_diary,
    acts_drug,
    acts_holds,
    acts_injection,
    acts_lesions,
    acts_locks,
    acts_people,
    acts_quality,
    acts_safety,
    acts_screening,
    acts_visits,
    entering_routes,
    overview_routes,
    reading_routes,
)
from calcitrial.api.service import api

__all__ = ["api"]

TOPICS = (
    reading_routes,
    overview_routes,
    entering_routes,
    acts_screening,
    acts_consent,
    acts_visits,
    acts_lesions,
    acts_allocation,
    acts_amendments,
    acts_injection,
    acts_drug,
    acts_diary,
    acts_safety,
    acts_holds,
    acts_quality,
    acts_locks,
    acts_people,
)

for topic in TOPICS:
    api.add_router("", topic.router)
