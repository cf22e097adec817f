"""Which address shows which page: the program interface, the record and the reading room, then each topic's own."""

from django.urls import path

from calcitrial.api.addresses import api
from calcitrial.clinic.topics import topics
from calcitrial.clinic import lesion_pages, lock_pages, query_pages, review_pages, trail_pages
from calcitrial.clinic import lesion_pages
from calcitrial.clinic.form_pages import urlpatterns as form_pages
from calcitrial.clinic.laboratory_pages import urlpatterns as laboratory_pages
from calcitrial.clinic.visit_pages import urlpatterns as visit_pages
from calcitrial.clinic import (
    allocation_pages,
    allocation_study_pages,
    consent_pages,
    document_pages,
    identity_pages,
    lesion_pages,
    lock_pages,
    prescreening_pages,
    query_pages,
    review_pages,
    screening_pages,
    trail_pages,
    unblinding_pages,
)
from calcitrial.clinic.board_pages import urlpatterns as board_pages
from calcitrial.clinic.event_judgement_pages import urlpatterns as judgement_pages
from calcitrial.clinic.event_pages import urlpatterns as event_pages
from calcitrial.clinic.form_pages import urlpatterns as form_pages
from calcitrial.clinic.laboratory_pages import urlpatterns as laboratory_pages
from calcitrial.clinic.safety_pages import urlpatterns as safety_pages
from calcitrial.clinic.visit_pages import urlpatterns as visit_pages
from calcitrial.web.urls import handler404, handler500
from calcitrial.web.urls import urlpatterns as record_pages

__all__ = ["handler404", "handler500", "urlpatterns"]

urlpatterns = [
    path("api/v1/", api.urls),
    *record_pages,
    *(address for topic in topics() for address in topic.urlpatterns),
    *lesion_pages.urlpatterns,
    *allocation_pages.urlpatterns,
    *allocation_study_pages.urlpatterns,
    *unblinding_pages.urlpatterns,
    *review_pages.urlpatterns,
    *query_pages.urlpatterns,
    *lock_pages.urlpatterns,
    *trail_pages.urlpatterns,
    *form_pages,
    *visit_pages,
    *laboratory_pages,
    *safety_pages,
    *board_pages,
    *event_pages,
    *judgement_pages,
]
