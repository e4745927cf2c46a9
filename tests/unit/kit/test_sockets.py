"""The socket.io client of checks."""

import socket as plain
import threading

import pytest

from grader.kit import sockets as kit
from grader.kit.relay import Relay
from grader.kit.verdicts import BlockedError, UnmetError

from .socketio_server import serving, taking

TOKEN = {"token": "right"}


@pytest.fixture(scope="module")
def url():
    with serving(taking("right")) as address:
        yield address


@pytest.fixture
def sockets(url):
    made = kit.Sockets(url)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("offered", "used"),
    [(["websocket"], "websocket"), (["polling"], "polling"), (["polling", "websocket"], "websocket")],
)
def test_connects_by_each_transport(sockets, offered, used):
    """What is offered is what is used; polling is upgraded where websocket is offered too."""
    assert sockets.opens(TOKEN, transports=offered).transport == used


@pytest.mark.parametrize("transports", [["websocket"], ["polling"]])
def test_refused_gives_the_message_of_the_connect_error(sockets, transports):
    """socket.io sends an object; the check gets its message."""
    assert sockets.refused({}, "Nobody gets in without.", transports=transports) == "unauthorized"


def test_opens_fails_for_a_refusal(sockets):
    """A refusal is an expectation that is not met, with the words of the service."""
    with pytest.raises(UnmetError) as failure:
        sockets.opens({"token": "wrong"}, "Ann")
    assert (failure.value.rationale, failure.value.actual) == (
        "Ann connects to socket.io by websocket.",
        "unauthorized",
    )


def test_refused_fails_for_a_connection(sockets):
    """Who gets in without a token shows a hole."""
    with pytest.raises(UnmetError, match="Nobody"):
        sockets.refused(TOKEN, "Nobody gets in without.")


def test_call_returns_the_acknowledgement(sockets):
    """The acknowledgement comes as a JSON object."""
    assert sockets.opens(TOKEN).call("echo", {"a": {"b": 1}}).object("a").integer("b") == 1


def test_call_fails_for_an_acknowledgement_that_is_no_object(sockets):
    """A bare value is told as such."""
    with pytest.raises(UnmetError) as failure:
        sockets.opens(TOKEN).call("echo", "text")
    assert failure.value.actual == '"text"'


def test_call_fails_without_an_acknowledgement(sockets):
    """An event that nobody answers is waited for no longer than said."""
    with pytest.raises(UnmetError) as failure:
        sockets.opens(TOKEN, "Ann").call("unknown", within=0.2)
    assert failure.value.expected == "an acknowledgement within 0.2 s"


@pytest.mark.parametrize("transport", ["websocket", "polling"])
def test_messages_keep_their_order(sockets, transport):
    """Messages are handled one after the other, as they came."""
    client = sockets.opens(TOKEN, transports=[transport])
    client.tell("count", {"times": 200})
    came = client.awaits_all("number", 200, "All numbers come.")
    assert [body.integer("number") for body in came] == list(range(200))


def test_awaits_tells_what_came_instead(sockets):
    """A message that does not come is missed with what did come."""
    client = sockets.opens(TOKEN, "Ann")
    client.tell("count", {"times": 1})
    client.awaits("number", "The number comes.")
    with pytest.raises(UnmetError) as failure:
        client.awaits("letter", "A letter comes.", within=0.1)
    assert failure.value.expected == "Ann receives `letter` within 0.1 s"
    assert failure.value.actual == 'number {"number": 0}'


def test_ends_sees_the_service_disconnect(sockets):
    """The end of a connection is an event, too."""
    client = sockets.opens(TOKEN)
    client.tell("goodbye", {})
    client.ends("The service says goodbye.", within=5)
    assert not client.connected


def test_ends_fails_while_the_connection_stands(sockets):
    """A connection that stands is told as such."""
    with pytest.raises(UnmetError, match="Over by now"):
        sockets.opens(TOKEN).ends("Over by now.", within=0.1)


def test_leaving_is_told_while_an_answer_is_awaited():
    """By polling, one request follows the other's answer: the goodbye waits for it, and is not forgotten."""
    server, gone, answered = taking("right"), threading.Event(), threading.Event()
    server.on("disconnect", lambda *_: gone.set())
    with serving(server) as address:
        sockets = kit.Sockets(address)
        socket = sockets.opens(TOKEN, transports=["polling"])
        library = socket._client.eio
        send, sent = library._send_request, threading.Event()

        def slowly(method, *arguments, **more):
            answer = send(method, *arguments, **more)
            if method == "POST":
                sent.set()
                answered.wait(5)
            return answer

        library._send_request = slowly
        socket.tell("echo", {})
        assert sent.wait(5)
        leaving = threading.Thread(target=socket.leave)
        leaving.start()
        assert not gone.wait(0.2)
        answered.set()
        assert gone.wait(5)
        leaving.join(5)
        sockets.close()


def test_a_gone_connection_cannot_be_used(sockets):
    """Sending over an ended connection is the service's failure, not a traceback."""
    client = sockets.opens(TOKEN, "Ann")
    client.tell("goodbye", {})
    client.ends("The service says goodbye.", within=5)
    with pytest.raises(UnmetError, match="connection that stands"):
        client.call("echo", {})


def test_more_bytes_than_anything_needs_are_told(sockets, monkeypatch):
    """A service that floods a client fails the check that reads."""
    monkeypatch.setattr("grader.kit.relay.LIMIT", 20_000)
    client = sockets.opens(TOKEN, "Ann")
    client.tell("count", {"times": 2000})
    client.ends("A flood is cut.", within=5)
    with pytest.raises(UnmetError, match="far more than there is to tell"):
        client.got("number")


def test_more_messages_than_anything_needs_are_told(sockets, monkeypatch):
    """Messages beyond the limit are counted, not kept."""
    monkeypatch.setattr(kit, "MESSAGES", 10)
    client = sockets.opens(TOKEN)
    client.tell("count", {"times": 20})
    client.call("echo", {})
    with pytest.raises(UnmetError, match="far more"):
        client.got("number")
    assert len(client.messages) == 10


@pytest.mark.parametrize(
    "says",
    [
        b"",
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n0x",
        b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n0{}x",
        b'HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n0{"sid": null}',
        b"\x00\xff not http at all\r\n\r\n",
    ],
)
@pytest.mark.parametrize("transport", ["websocket", "polling"])
def test_what_is_no_socketio_is_a_failure_with_words(says, transport):
    """Whatever answers, the check fails by an expectation."""
    with plain.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_says, args=(listener, says), daemon=True).start()
        made = kit.Sockets(f"http://127.0.0.1:{listener.getsockname()[1]}")
        try:
            with pytest.raises(UnmetError) as failure:
                made.opens(TOKEN, "Ann", transports=[transport])
            assert failure.value.actual
        finally:
            made.close()


def test_nobody_listens():
    """No service is a failure with words as well."""
    made = kit.Sockets("http://127.0.0.1:9")
    try:
        assert made.refused(TOKEN, "Nobody is there.")
    finally:
        made.close()


def test_a_service_behind_tls_is_blocked():
    """The relay carries plain bytes only."""
    with pytest.raises(BlockedError, match="plain http"):
        kit.Sockets("https://tasks.example")


def test_a_held_relay_leaves_the_service_unread():
    """Bytes stay with the service, and the connection stays open."""
    with plain.create_server(("127.0.0.1", 0)) as listener:
        relay = Relay(f"http://127.0.0.1:{listener.getsockname()[1]}")
        with plain.create_connection(("127.0.0.1", int(relay.url.rpartition(":")[2]))) as client:
            service, _ = listener.accept()
            with service:
                service.sendall(b"before")
                assert client.recv(10) == b"before"
                relay.hold()
                client.sendall(b"ping")
                assert service.recv(10) == b"ping"
                service.sendall(b"after")
                client.settimeout(0.1)
                with pytest.raises(TimeoutError):
                    client.recv(10)
        relay.close()


def test_a_cut_is_a_reset_at_the_service():
    """A client that vanishes says no goodbye."""
    with plain.create_server(("127.0.0.1", 0)) as listener:
        relay = Relay(f"http://127.0.0.1:{listener.getsockname()[1]}")
        with plain.create_connection(("127.0.0.1", int(relay.url.rpartition(":")[2]))):
            service, _ = listener.accept()
            with service:
                service.settimeout(5)
                relay.close()
                with pytest.raises(ConnectionResetError):
                    service.recv(10)


def _says(listener, words):
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            return
        with client:
            client.recv(65536)
            client.sendall(words)
