"""Which address shows which page: the record and the reading room, then the clinic, one list per topic."""

from calcitrial.web.urls import handler404, handler500
from calcitrial.web.urls import urlpatterns as record_pages

__all__ = ["handler404", "handler500", "urlpatterns"]

urlpatterns = [
    *record_pages,
]
