"""The policy of the pages: nothing from elsewhere, nothing inline, no copies; an own policy is kept."""

from django.http import HttpResponse
from django.test import RequestFactory

from calcitrial.web.headers import POLICY, REPORT_POLICY, content_security_policy


def directives(policy: str) -> dict[str, list[str]]:
    return {part.split()[0]: part.split()[1:] for part in policy.split(";")}


def test_the_policy_names_only_this_origin() -> None:
    rules = directives(POLICY)
    assert rules["default-src"] == ["'self'"] and rules["object-src"] == ["'none'"]
    assert rules["frame-ancestors"] == ["'self'"]
    assert not [word for words in rules.values() for word in words if "unsafe" in word or "http" in word or word == "*"]


def test_a_report_may_never_run_a_script() -> None:
    rules = directives(REPORT_POLICY)
    assert rules["default-src"] == ["'none'"] and "script-src" not in rules
    assert "allow-scripts" not in rules["sandbox"] and "allow-same-origin" not in rules["sandbox"]


def test_pages_get_the_policy_and_are_not_kept(pages: object) -> None:
    response = content_security_policy(lambda request: HttpResponse("x"))(RequestFactory().get("/"))
    assert (response["Content-Security-Policy"], response["Cache-Control"]) == (POLICY, "no-store")


def test_a_policy_of_the_page_itself_stays(pages: object) -> None:
    own = HttpResponse("x", headers={"Content-Security-Policy": REPORT_POLICY})
    response = content_security_policy(lambda request: own)(RequestFactory().get("/"))
    assert response["Content-Security-Policy"] == REPORT_POLICY
