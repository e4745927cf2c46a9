"""What the client makes of what checks and services give it."""

from __future__ import annotations

import pytest

from grader.kit import Client, UnmetError
from tests.hostile_http import answers, serving


@pytest.mark.parametrize("token", ["", "a b", "a\nX-Evil: 1", "ü", "\ud800", "a\x00"])
def test_token_that_fits_no_header_is_the_services_failure(token: str) -> None:
    """A token comes from the service: one that cannot be sent back is not the grader's error."""
    with pytest.raises(UnmetError, match="cannot be sent back"):
        Client("http://127.0.0.1:1").bearing(token)


@pytest.mark.parametrize("path", ["/\x00", "/a\nb", "/\ud800", "/" + "a" * 70_000])
def test_id_that_fits_no_url_is_the_services_failure(path: str) -> None:
    """An id comes from the service: one that cannot be asked for is not the grader's error."""
    with pytest.raises(UnmetError, match="cannot be made"):
        Client("http://127.0.0.1:1").get(path)


@pytest.mark.parametrize("path", ["@127.0.0.2/", "http://127.0.0.2/", "", ".example.test/"])
def test_link_never_leads_to_another_host(path: str) -> None:
    """A link that the service gave is a path, or nothing is sent."""
    with pytest.raises(UnmetError, match="start with a slash"):
        Client("http://127.0.0.1:1").get(path)


def test_header_is_sent_once_whatever_its_case() -> None:
    """A request's own header replaces the client's."""
    with serving(answers(b"")) as server:
        client = Client(server.url).bearing("one").bearing("two")
        client.post("/", {}, headers={"content-type": "text/plain", "AUTHORIZATION": "three"})
    head = server.requests[0].lower()
    assert head.count(b"content-type:") == head.count(b"authorization:") == 1
    assert b"authorization: three" in head
    assert b"content-type: text/plain" in head


def test_request_id_of_the_check_is_the_one_that_is_recorded() -> None:
    """A check may choose the id by which the service's log lines are found."""
    with serving(answers(b"")) as server:
        client = Client(server.url)
        assert client.get("/", headers={"X-Request-Id": "mine"}).exchange.request_id == "mine"
        own = client.get("/").exchange.request_id
    assert f"x-request-id: {own}".encode() in server.requests[1]


def test_header_value_can_be_sent_back_as_it_came() -> None:
    """Bytes beyond ASCII in an answer's header survive the way back, as ETags have to."""
    with serving(answers(b"", "ETag: \xff\xe9")) as server:
        client = Client(server.url)
        tag = client.get("/").header("etag")
        assert tag is not None
        client.get("/", headers={"If-None-Match": tag})
    assert b"If-None-Match: \xff\xe9".lower() in server.requests[1].lower()
