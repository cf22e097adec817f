"""Which address shows which page: the program interface, the record and the reading room, then each topic's own."""

from django.urls import path

from calcitrial.api.addresses import api
from calcitrial.clinic.topics import topics
from calcitrial.public.topics import public_topics
from calcitrial.web.urls import handler404, handler500
from calcitrial.web.urls import urlpatterns as record_pages

__all__ = ["handler400", "handler404", "handler500", "urlpatterns"]

urlpatterns = [
    path("api/v1/", api.urls),
    # The topics first: `/today/` is no study.
    *(address for topic in (*public_topics(), *topics()) for address in topic.urlpatterns),
    *record_pages,
]
handler400 = "calcitrial.clinic.whole_request.strange_request"
