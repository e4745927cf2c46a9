"""Who gets a socket, for how long, and which projects it may listen to."""

from __future__ import annotations

import time

from grader.kit import after, alone, expect, gate, jws, needs, stretch, together, wait

BOTH = ("polling", "websocket")
TTL_S = 3
MANY = 200
CLIENTS = 50


@gate
def test_connects_by_websocket(sockets, owner):
    """A user with a valid token connects by websocket alone."""
    socket = sockets.opens({"token": owner.token}, "A user", transports=["websocket"])

    expect.equal(socket.transport, "websocket", "A client that offers only websocket stays with it.")


def test_connects_by_polling(sockets, owner):
    """A user with a valid token connects by HTTP long-polling alone."""
    socket = sockets.opens({"token": owner.token}, "A user", transports=["polling"])

    expect.equal(socket.transport, "polling", "A client that offers only polling stays with it.")


def test_upgrades_to_websocket(sockets, owner):
    """A connection that begins with polling is upgraded to websocket."""
    socket = sockets.opens({"token": owner.token}, "A user", transports=BOTH)

    expect.equal(socket.transport, "websocket", "A client that offers both begins with polling and upgrades.")


@after("test_connects_by_websocket")
def test_refuses_no_token(sockets, draw):
    """Without a token nobody gets in: connect_error with the message `unauthorized`."""
    odd = {"nothing": None, "an empty object": {}, "an empty token": {"token": ""}, "a number": {"token": 7}}
    odd["a word"] = {"token": draw.word()}
    odd["an object"] = {"token": {"sub": draw.word()}}

    for what, auth in odd.items():
        message = sockets.refused(auth, f"A client whose `auth` is {what} is not connected.")
        expect.equal(message, "unauthorized", f"The connect_error of a client whose `auth` is {what}.")


@after("test_connects_by_websocket")
def test_refuses_forged_tokens(sockets, service, owner, draw):
    """Tokens that the API would refuse open no socket: another secret, alg none, another issuer, expired."""
    _, claims = jws.read(owner.token)
    secret = service.setting("JWT_SECRET")
    past = {"iat": int(time.time()) - 7200, "exp": int(time.time()) - 3600}
    forged = {
        "signed with another secret": jws.sign(claims, draw.token(48)),
        "not signed at all (alg none)": jws.unsigned(claims, "none"),
        "of another issuer": jws.sign({**claims, "iss": draw.word()}, secret),
        "that ended an hour ago": jws.sign({**claims, **past}, secret),
    }

    for what, token in forged.items():
        message = sockets.refused({"token": token}, f"A client with a token {what} is not connected.")
        expect.equal(message, "unauthorized", f"The connect_error of a client with a token {what}.")


@after("test_refuses_no_token", "test_connects_by_polling")
def test_refuses_by_polling_too(sockets):
    """A client that only polls needs a token as well."""
    message = sockets.refused({}, "A client without a token is not connected.", transports=["polling"])

    expect.equal(message, "unauthorized", "The connect_error of a client without a token, by polling.")


@needs("instance")
@after("test_connects_by_websocket")
def test_ends_with_the_token(service, live, people):
    """A connection ends when the token it was opened with expires."""
    other = service.another(env={"JWT_TTL_S": str(TTL_S)})
    user = people.at(other).new("Tim")
    _, claims = jws.read(user.token)
    socket = live.at(other).connects(user)
    ends = time.monotonic() + jws.seconds(claims, "exp") - time.time()

    ended = socket.ends(
        f"A socket opened with a token of {TTL_S} s does not outlive it by more than 10 s.",
        within=TTL_S + 10,
    )
    expect.that(
        ended > ends - 1,
        "A socket stands as long as its token lives.",
        expected="the end of the connection when the token expires",
        actual=f"{ends - ended:.1f} s before that",
    )


@after("test_connects_by_websocket")
def test_lets_members_join(live, room):
    """The owner and a member join a project: the acknowledgement is `{ok: true}`."""
    for actor in (room.owner, room.member):
        answer = live.connects(actor).call("project:join", {"projectId": room.project["id"]})
        expect.holds(answer, {"ok": True}, f"{actor.name}, in the project, sends `project:join`.")


@after("test_lets_members_join")
def test_lets_admins_join(live, room, admin):
    """An admin, who may see every project, joins one without being a member."""
    answer = live.connects(admin).call("project:join", {"projectId": room.project["id"]})

    expect.holds(answer, {"ok": True}, "An admin sends `project:join` for a project of others.")


@after("test_lets_members_join")
def test_keeps_outsiders_out(live, room, unlike):
    """Who may not see a project cannot join it: `{ok: false}` with error status 403 or 404."""
    socket = live.connects(room.outsider)
    projects = {"a foreign project": room.project["id"], "an unknown project": unlike(room.project["id"])}

    for what, project in projects.items():
        answer = socket.call("project:join", {"projectId": project})
        expect.holds(answer, {"ok": False}, f"An outsider sends `project:join` for {what}.")
        error = answer.object("error")
        expect.that(
            error.integer("status") in {403, 404} and error.text("title"),
            f"The acknowledgement says why an outsider cannot join {what}.",
            expected='"error": {"status": 403 or 404, "title": "..."}',
            actual=answer,
        )


@after("test_lets_members_join")
def test_looks_up_membership_when_asked(live, room, guest):
    """Membership counts at the moment of joining: not what it was when the socket was opened."""
    socket = live.connects(guest)
    refused = socket.call("project:join", {"projectId": room.project["id"]})
    expect.holds(refused, {"ok": False}, "Somebody who is no member yet sends `project:join`.")

    room.owner.adds_member(room.id, guest)
    answer = socket.call("project:join", {"projectId": room.project["id"]})
    expect.holds(answer, {"ok": True}, "They are made a member and ask again, over the same socket.")
    room.removes(guest)
    again = live.connects(guest).call("project:join", {"projectId": room.project["id"]})
    expect.holds(again, {"ok": False}, "A removed member sends `project:join`.")


@after("test_lets_members_join")
def test_lets_members_leave(live, room):
    """`project:leave` is acknowledged with `{ok: true}`, also by who never joined."""
    socket = live.connects(room.member)

    for what in ("without having joined", "once more"):
        answer = socket.call("project:leave", {"projectId": room.project["id"]})
        expect.holds(answer, {"ok": True}, f"A member sends `project:leave` {what}.")


@after("test_lets_members_join")
def test_survives_odd_requests(live, room, draw):
    """An odd payload is answered with `{ok: false}`, and the connection stays."""
    socket = live.connects(room.member)
    odd = [None, {}, draw.word(), 7, [], {"projectId": None}, {"projectId": {}}, {"projectId": []}]
    odd += [{"projectId": "\u0000"}, {"projectId": "x" * 2000}]

    for payload in odd:
        for event in ("project:join", "project:leave"):
            answer = socket.call(event, payload)
            if event == "project:join":
                expect.holds(answer, {"ok": False}, f"A client sends `{event}` with {payload!r:.60}.")
                expect.that(answer.object("error").integer("status") >= 400, "The error has a status.")
    socket.tell("project:join")
    socket.tell("project:join", {})
    live.join(socket, room.project)


@stretch
@after("test_connects_by_polling")
def test_opens_polling_to_listed_origins_only(service, client):
    """Only pages of CORS_ORIGINS may read answers of polling."""
    listed = service.setting("CORS_ORIGINS").split(",")

    for origin in [*listed, "https://evil.example", f"{listed[0]}.evil.example", "null"]:
        answer = client.get("/socket.io/?EIO=4&transport=polling", headers={"Origin": origin})
        allowed = answer.header("access-control-allow-origin")
        expect.that(
            allowed == (origin if origin in listed else None),
            f"Polling answers a page of {origin}, with CORS_ORIGINS={','.join(listed)}.",
            expected=f"Access-Control-Allow-Origin: {origin}" if origin in listed else "no such header",
            actual=f"Access-Control-Allow-Origin: {allowed}" if allowed else "no such header",
        )


@stretch
@after("test_connects_by_polling")
def test_refuses_the_old_protocol(client):
    """Clients of socket.io 2 (EIO=3) are refused."""
    current = client.get("/socket.io/?EIO=4&transport=polling")
    expect.status(current, 200, "The first request of a socket.io 4 client, by polling.")

    old = client.get("/socket.io/?EIO=3&transport=polling")
    expect.status(old, 400, "The first request of a socket.io 2 client, by polling.")


@stretch
@needs("instance", "restart")
@after("test_lets_members_join")
def test_is_found_again_after_a_restart(service, live, room):
    """After a restart a client that reconnects by itself is back within 20 s and joins again."""
    other = service.another()
    socket = live.at(other).joins(room.member, room.project, reconnects=True)
    other.restart()

    socket.returns("A socket.io client reconnects by itself after a restart of the service.", within=20)
    live.join(socket, room.project)


@stretch
@needs("instance", "stop")
@after("test_connects_by_websocket")
def test_stops_with_sockets_open(service, live, room):
    """SIGTERM ends the service within its time and with code 0, whoever is connected."""
    other = service.another()
    there = live.at(other)
    clients = [there.connects(room.member, f"Client {number}") for number in range(CLIENTS)]

    stopped = other.stop()
    expect.equal(stopped.exit_code, 0, f"The exit code after SIGTERM with {CLIENTS} clients connected.")
    for socket in clients:
        socket.ends("A stopped service ends its connections.", within=5)


@stretch
@after("test_connects_by_websocket")
def test_counts_for_admins_only(anonymous, admin, owner, live):
    """`GET /realtime/stats` tells an admin how many sockets are connected, and nobody else."""
    socket = live.connects(owner)
    stats = expect.ok(admin.get("/realtime/stats"), 200, "An admin reads /realtime/stats.")
    expect.that(stats.integer("connections") >= 1, "A socket is connected.", actual=stats)

    expect.problem(owner.get("/realtime/stats"), 403, "A user who is no admin reads /realtime/stats.")
    expect.problem(anonymous.get("/realtime/stats"), 401, "Somebody without a token reads /realtime/stats.")
    socket.leave()


@stretch
@alone
@needs("instance")
@after("test_counts_for_admins_only", "test_connects_by_polling")
def test_forgets_clients_that_are_gone(service, live, people, admin):
    """After 200 connections, some of them cut, none is left in `GET /realtime/stats` within 60 s."""
    other = service.another()
    user, reader, there = people.at(other).new(), admin.at(other), live.at(other)

    def visit(number):
        polls = number % 4 == 0
        socket = there.connects(user, transports=["polling"] if polls else ["websocket"])
        return socket.cut() if number % 3 == 0 and not polls else socket.leave()

    for first in range(0, MANY, 10):
        together([lambda number=number: visit(number) for number in range(first, first + 10)])

    left = wait.for_value(
        lambda: expect.ok(reader.get("/realtime/stats"), 200, "An admin reads the stats.").integer(
            "connections"
        ),
        lambda count: count == 0,
        60,
    )
    expect.equal(left, 0, f"`connections`, a minute after {MANY} clients have gone.")
