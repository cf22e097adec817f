"""Which address shows which page: the program interface, the record and the reading room, then each topic's own."""

from django.urls import path

from calcitrial.api.addresses import api
from calcitrial.clinic.topics import topics
from calcitrial.clinic.allocation_pages import urlpatterns as allocation_pages
from calcitrial.clinic.allocation_study_pages import urlpatterns as allocation_study_pages
from calcitrial.clinic.consent_pages import urlpatterns as consent_pages
from calcitrial.clinic.document_pages import urlpatterns as document_pages
from calcitrial.clinic.event_judgement_pages import urlpatterns as judgement_pages
from calcitrial.clinic.event_pages import urlpatterns as event_pages
from calcitrial.clinic.form_pages import urlpatterns as form_pages
from calcitrial.clinic.identity_pages import urlpatterns as identity_pages
from calcitrial.clinic.laboratory_pages import urlpatterns as laboratory_pages
from calcitrial.clinic.lesion_pages import urlpatterns as lesion_pages
from calcitrial.clinic.lock_pages import urlpatterns as lock_pages
from calcitrial.clinic.prescreening_pages import urlpatterns as prescreening_pages
from calcitrial.clinic.query_pages import urlpatterns as query_pages
from calcitrial.clinic.review_pages import urlpatterns as review_pages
from calcitrial.clinic.safety_pages import urlpatterns as safety_pages
from calcitrial.clinic.screening_pages import urlpatterns as screening_pages
from calcitrial.clinic.trail_pages import urlpatterns as trail_pages
from calcitrial.clinic.unblinding_pages import urlpatterns as unblinding_pages
from calcitrial.clinic.visit_pages import urlpatterns as visit_pages
from calcitrial.web.urls import handler404, handler500
from calcitrial.web.urls import urlpatterns as record_pages

__all__ = ["handler404", "handler500", "urlpatterns"]

urlpatterns = [
    path("api/v1/", api.urls),
    *record_pages,
    *(address for topic in topics() for address in topic.urlpatterns),
    *prescreening_pages,
    *document_pages,
    *consent_pages,
    *identity_pages,
    *screening_pages,
    *lesion_pages,
    *allocation_pages,
    *allocation_study_pages,
    *unblinding_pages,
    *review_pages,
    *query_pages,
    *lock_pages,
    *trail_pages,
    *form_pages,
    *visit_pages,
    *laboratory_pages,
    *safety_pages,
    *event_pages,
    *judgement_pages,
]
