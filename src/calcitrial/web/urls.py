"""Which address shows which page."""

from django.urls import path

from calcitrial.web import (
    account_pages,
    agreement_page,
    pages,
    people_pages,
    reading_api,
    reading_pages,
    sign_in_pages,
)

urlpatterns = [
    path("", pages.studies_page, name="studies"),
    path("sign-in/", sign_in_pages.sign_in_page, name="sign_in"),
    path("sign-in/as/", sign_in_pages.persona_page, name="persona"),
    path("sign-out/", sign_in_pages.sign_out_page, name="sign_out"),
    path("language/", sign_in_pages.language_page, name="language"),
    path("account/", account_pages.account_page, name="account"),
    path("account/password/", sign_in_pages.password_page, name="password"),
    path("account/factor/", sign_in_pages.factor_page, name="factor"),
    path("accounts/", account_pages.accounts_page, name="accounts"),
    path("accounts/log/", account_pages.log_page, name="account_log"),
    path("<slug:study>/people/", people_pages.people_page, name="people"),
    path("<slug:study>/", pages.participants_page, name="participants"),
    path("<slug:study>/participants/<str:code>/", pages.participant_page, name="participant"),
    path("<slug:study>/lesions/", pages.lesions_page, name="lesions"),
    path("<slug:study>/history/", pages.history_page, name="history"),
    path("<slug:study>/protocol/", pages.protocol_page, name="protocol"),
    path("<slug:study>/report/", pages.report_page, name="report"),
    path("<slug:study>/report/<str:name>", pages.report_file, name="report_file"),
    path("<slug:study>/verify/", pages.verify_page, name="verify"),
    path("<slug:study>/agreement/", agreement_page.agreement_page, name="agreement"),
    path("reading/door/<str:token>/", reading_pages.door_page, name="reading_door"),
    path("<slug:study>/reading/", reading_pages.worklist_page, name="worklist"),
    path("<slug:study>/reading/<slug:task>/", reading_pages.case_page, name="case"),
    path("<slug:study>/reading/<slug:task>/case.json", reading_api.case_data, name="case_data"),
    path("<slug:study>/reading/<slug:task>/values", reading_api.case_voxels, name="case_voxels"),
    path("<slug:study>/reading/<slug:task>/measure", reading_api.case_measure, name="case_measure"),
    path("<slug:study>/reading/<slug:task>/answer", reading_api.case_answer, name="case_answer"),
]
handler404 = "calcitrial.web.pages.not_found"
handler500 = "calcitrial.web.pages.failed"
