"""All addresses of the program interface."""

from calcitrial.api import entering_routes, reading_routes
from calcitrial.api.service import api

__all__ = ["api"]

api.add_router("", reading_routes.router)
api.add_router("", entering_routes.router)
