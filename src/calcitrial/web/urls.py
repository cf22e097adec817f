"""Which address shows which page."""

from django.urls import path

from calcitrial.web import pages

urlpatterns = [
    path("", pages.studies_page, name="studies"),
    path("<slug:study>/", pages.participants_page, name="participants"),
    path("<slug:study>/participants/<str:code>/", pages.participant_page, name="participant"),
    path("<slug:study>/lesions/", pages.lesions_page, name="lesions"),
    path("<slug:study>/history/", pages.history_page, name="history"),
    path("<slug:study>/protocol/", pages.protocol_page, name="protocol"),
    path("<slug:study>/report/", pages.report_page, name="report"),
    path("<slug:study>/report/<str:name>", pages.report_file, name="report_file"),
    path("<slug:study>/verify/", pages.verify_page, name="verify"),
]
handler404 = "calcitrial.web.pages.not_found"
handler500 = "calcitrial.web.pages.failed"
