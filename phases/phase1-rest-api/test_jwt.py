"""Who gets a token, what it says, and which tokens open a route."""

from __future__ import annotations

import base64
import re
import time
from dataclasses import dataclass
from typing import Any

import pytest

from grader.kit import JsonObject, UnmetError, after, expect, gate, jws, needs, stretch, wait

ROUTES = (
    ("GET", "/users/me"),
    ("PATCH", "/users/me"),
    ("GET", "/users"),
    ("POST", "/users"),
    ("GET", "/users/{id}"),
    ("PATCH", "/users/{id}"),
    ("DELETE", "/users/{id}"),
    ("GET", "/projects"),
    ("POST", "/projects"),
    ("GET", "/projects/{id}"),
    ("PATCH", "/projects/{id}"),
    ("DELETE", "/projects/{id}"),
    ("PUT", "/projects/{id}/members/{id}"),
    ("DELETE", "/projects/{id}/members/{id}"),
    ("GET", "/projects/{id}/tasks"),
    ("POST", "/projects/{id}/tasks"),
    ("GET", "/tasks"),
    ("GET", "/tasks/{id}"),
    ("PATCH", "/tasks/{id}"),
    ("DELETE", "/tasks/{id}"),
)
"""Every route that is neither public nor a star's. Nothing has to exist there: a stranger is told no more."""

SHORT_TTL_S = 2
WINDOW_S = 30


def test_registers_a_user(anonymous, draw):
    """A new user registers: 201 with an id, the e-mail, the name and the role `user`."""
    details = {"email": draw.email(), "password": draw.password(), "name": draw.word()}

    user = expect.ok(anonymous.post("/auth/register", details), 201, "POST /auth/register with valid data.")

    user.identity()
    members = {"name": details["name"], "role": "user"}
    expect.holds(user, members, "Register answers with the user as it was stored.")
    expect.equal(user.text("email").lower(), details["email"], "Register answers with the user's e-mail.")


@gate
@after("test_registers_a_user")
def test_logs_in(people):
    """A registered user logs in with their password: 200 with an access token."""
    user = people.new()

    expect.that(
        user.token, "Login answers with an `accessToken`.", expected="a token", actual="an empty text"
    )


@after("test_logs_in")
def test_login_ignores_the_case_of_the_email(people):
    """The e-mail address of a login may be written in capitals."""
    user = people.new()

    people.logs_in(user.email.upper(), user.password, "A user with a capital address", user.key)


@after("test_logs_in")
def test_says_how_to_use_the_token(anonymous, owner):
    """Login says that the token is of type Bearer and how many seconds it lives."""
    answer = _login(anonymous, owner)

    expect.equal(answer.text("tokenType"), "Bearer", "Login says what kind of token it gives (RFC 6750).")
    lifetime = answer.integer("expiresIn")
    expect.that(lifetime > 0, "`expiresIn` is the token's life in seconds.", expected="> 0", actual=lifetime)


@after("test_logs_in")
def test_takes_its_own_token(owner):
    """The token of a login opens a route and says who asks: GET /users/me is that user."""
    me = expect.ok(owner.get("/users/me"), 200, "GET /users/me with the token of a login a moment ago.")

    expect.equal(me.identity(), owner.id, "GET /users/me gives the user whose token it is.")


@after("test_takes_its_own_token")
def test_never_shows_a_password(anonymous, draw):
    """No answer about a user holds the password or its hash."""
    details = {"email": draw.email(), "password": draw.password(), "name": draw.word()}
    registered = anonymous.post("/auth/register", details)
    login = anonymous.post("/auth/login", {name: details[name] for name in ("email", "password")})
    me = anonymous.bearing(login.object().text("accessToken")).get("/users/me")

    shown = re.compile(rb'"[^"]*(?:password|hash)[^"]*"\s*:|\$2[aby]\$|\$argon2', re.IGNORECASE)
    for what, answer in {"register": registered, "login": login, "GET /users/me": me}.items():
        expect.that(
            not shown.search(answer.body) and details["password"].encode() not in answer.body,
            f"The answer to {what}: passwords stay inside, hashed or not.",
            expected="no member about the password",
            actual=answer.body[:500].decode("utf-8", "replace"),
        )


@after("test_logs_in")
def test_signs_with_the_secret(service, owner):
    """An access token is a JWS, signed with HS256 and JWT_SECRET."""
    header, _ = jws.read(owner.token)
    expect.equal(header.get("alg"), "HS256", "The header of an access token names its algorithm.")

    expect.that(
        jws.verifies(owner.token, service.setting("JWT_SECRET")),
        "Whoever knows JWT_SECRET can verify the signature of an access token.",
        expected="the HMAC-SHA256 of header and payload under JWT_SECRET",
        actual="another signature",
    )


@after("test_logs_in")
def test_names_the_user_in_the_token(owner):
    """The token's claims `sub` and `role` are the user's id, as a string, and their role."""
    _, claims = jws.read(owner.token)

    expect.equal(claims.text("sub"), owner.id, "The claim `sub` is the id of the user who logged in.")
    expect.equal(claims.text("role"), "user", "The claim `role` is the role of the user who logged in.")


@after("test_logs_in")
def test_names_the_issuer_in_the_token(service, owner):
    """The token's claim `iss` is JWT_ISSUER."""
    _, claims = jws.read(owner.token)

    expect.equal(claims.text("iss"), service.setting("JWT_ISSUER"), "The claim `iss` is JWT_ISSUER.")


@after("test_says_how_to_use_the_token")
def test_dates_the_token(anonymous, owner):
    """The token is issued now (`iat`) and ends (`exp`) after the `expiresIn` seconds of the login."""
    now = time.time()
    answer = _login(anonymous, owner)
    _, claims = jws.read(answer.text("accessToken"))

    issued, ends = jws.seconds(claims, "iat"), jws.seconds(claims, "exp")
    rationale = "`iat` is the moment of the login, in seconds since 1970."
    expect.that(abs(issued - now) < 300, rationale, expected=f"about {now:.0f}", actual=f"{issued}")
    expect.equal(ends - issued, answer.integer("expiresIn"), "`exp` - `iat` is the `expiresIn` of the login.")


@needs("instance")
@after("test_dates_the_token")
def test_lives_15_minutes_by_default(anonymous, owner):
    """Where JWT_TTL_S is not set, a token lives 900 seconds."""
    expires_in = _login(anonymous, owner).integer("expiresIn")

    expect.equal(expires_in, 900, "JWT_TTL_S is not set: tokens live for its default.")


@needs("instance")
@after("test_dates_the_token")
def test_honours_the_lifetime_it_is_given(short):
    """With JWT_TTL_S=2 a token lives two seconds."""
    _, claims = jws.read(short.actor.token)

    lifetime = jws.seconds(claims, "exp") - jws.seconds(claims, "iat")
    expect.equal(lifetime, SHORT_TTL_S, f"JWT_TTL_S={SHORT_TTL_S}: `exp` - `iat` of a token.")


@stretch
@after("test_logs_in")
def test_gives_a_refresh_token(anonymous, owner):
    """Login also gives a refresh token."""
    token = _login(anonymous, owner).text("refreshToken")

    expect.that(token, "Login answers with a `refreshToken`.", expected="a token", actual="an empty text")


@gate
@after("test_takes_its_own_token")
def test_asks_for_a_token_on_every_route(people):
    """Every route that is not public answers 401 to a request without a token."""
    target = people.new()

    for method, path in ROUTES:
        answer = _send(people.anonymous, method, path, target)
        expect.status(answer, 401, f"{method} {path} without a token.")


@after("test_takes_its_own_token")
def test_refuses_garbage_for_a_token(people, draw):
    """Every route that is not public answers 401 to a token that is none."""
    target = people.new()
    garbage = ".".join(draw.token(20) for _ in range(3))

    for method, path in ROUTES:
        answer = _send(people.anonymous.bearing(garbage), method, path, target)
        expect.status(answer, 401, f"{method} {path} with `Bearer {garbage}`.")


@after("test_takes_its_own_token")
def test_refuses_other_schemes(people):
    """Every route that is not public answers 401 to credentials of another scheme than Bearer."""
    target = people.new()
    basic = base64.b64encode(f"{target.email}:{target.password}".encode()).decode()

    for credentials in (f"Basic {basic}", f"Token {target.token}", target.token):
        for method, path in ROUTES:
            answer = _send(people.anonymous, method, path, target, {"Authorization": credentials})
            expect.status(answer, 401, f"{method} {path} with `Authorization: {credentials}`.")


@after("test_takes_its_own_token")
def test_says_what_a_refusal_asks_for(anonymous):
    """A 401 is a problem document, and its `WWW-Authenticate` names the scheme Bearer."""
    for caller, what in ((anonymous, "without a token"), (anonymous.bearing("garbage"), "with a bad token")):
        answer = caller.get("/users/me")

        expect.problem(answer, 401, f"GET /users/me {what}.")
        challenge = answer.header("www-authenticate") or ""
        expect.that(
            re.match(r"bearer\b", challenge, re.IGNORECASE),
            f"GET /users/me {what}: a 401 says how to authenticate (RFC 9110, 15.5.2).",
            expected="WWW-Authenticate: Bearer",
            actual=f"WWW-Authenticate: {challenge}" if challenge else "no WWW-Authenticate",
        )


@after("test_takes_its_own_token")
def test_rejects_alg_none(owner):
    """A token whose header says that it needs no signature is refused, however `none` is spelled."""
    _, claims = jws.read(owner.token)
    signature = owner.token.rpartition(".")[2]

    for spelling in ("none", "None", "NONE", "nOnE"):
        bare, borrowed = jws.unsigned(claims, spelling), jws.unsigned(claims, spelling, signature)
        _refuses(owner, bare, f"alg `{spelling}` and no signature")
        _refuses(owner, borrowed, f"alg `{spelling}` and the signature of another token")


@after("test_takes_its_own_token")
def test_rejects_another_secret(owner, draw):
    """A token that was signed with another secret is refused."""
    _, claims = jws.read(owner.token)

    _refuses(owner, jws.sign(claims, draw.token(48)), "the right claims, signed with another secret")
    header_and_payload = owner.token.rpartition(".")[0]
    _refuses(owner, f"{header_and_payload}.", "the right header and claims, and no signature")


@after("test_takes_its_own_token")
def test_rejects_an_edited_token(owner, member):
    """A token in which `role` or `sub` was changed after signing is refused."""
    _, claims = jws.read(owner.token)

    for edit in ({"role": "admin"}, {"sub": member.id}):
        edited = jws.edited(owner.token, {**claims, **edit})
        _refuses(owner, edited, f"{', '.join(edit)} edited under the old signature")


@after("test_signs_with_the_secret")
def test_rejects_an_expired_token(service, owner):
    """A token is refused once its `exp` is past, though its signature is right."""
    _, claims = jws.read(owner.token)
    an_hour_ago = int(time.time()) - 3600

    expired = jws.sign(
        {**claims, "iat": an_hour_ago - 900, "exp": an_hour_ago}, service.setting("JWT_SECRET")
    )

    _refuses(owner, expired, "`exp` an hour ago, signed with JWT_SECRET")


@after("test_signs_with_the_secret")
def test_rejects_another_issuer(service, owner, draw):
    """A token with another `iss` than JWT_ISSUER, or with none, is refused, though its signature is right."""
    _, claims = jws.read(owner.token)
    anyone = {name: value for name, value in claims.items() if name != "iss"}

    for what, edited in {"another `iss`": {**anyone, "iss": draw.word()}, "no `iss`": anyone}.items():
        _refuses(owner, jws.sign(edited, service.setting("JWT_SECRET")), f"{what}, signed with JWT_SECRET")


@after("test_takes_its_own_token")
def test_does_not_tell_who_has_an_account(anonymous, people, draw):
    """A wrong password and an unknown account get the same answer: 401 with the same body."""
    user = people.new()
    guess = draw.password()

    known = anonymous.post("/auth/login", {"email": user.email, "password": guess})
    unknown = anonymous.post("/auth/login", {"email": draw.email(), "password": guess})

    expect.problem(known, 401, "A login with a wrong password.")
    expect.problem(unknown, 401, "A login to an account that does not exist.")
    rationale = "The answer to a wrong password does not differ from the one to an unknown account."
    expect.equal(_lasting(unknown), _lasting(known), rationale)


@after("test_logs_in")
def test_stores_a_slow_hash(service, people):
    """The column users.password_hash holds a bcrypt or argon2 hash."""
    user = people.new()

    stored = _stored_hash(service.admin_url("postgres"), user.email)

    expect.that(
        re.fullmatch(r"\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}|\$argon2(id|i|d)\$v=\d+\$\S+", stored),
        "What is stored of a password is slow to guess from, should the table ever leak.",
        expected="a bcrypt hash ($2b$...) or an argon2 hash ($argon2id$...)",
        actual=f"a text of {len(stored)} characters that begins with {stored[:4]!r}",
    )


@stretch
@after("test_gives_a_refresh_token", "test_takes_its_own_token")
def test_refresh_gives_a_working_pair(anonymous, owner):
    """A refresh token is traded for a new access token and a new refresh token, and both work."""
    pair = _login(anonymous, owner)

    for turn in ("first", "second"):
        answer = anonymous.post("/auth/refresh", {"refreshToken": pair.text("refreshToken")})
        pair = expect.ok(answer, 200, f"POST /auth/refresh, {turn} time, with the newest refresh token.")
        me = anonymous.bearing(pair.text("accessToken")).get("/users/me")
        user = expect.ok(me, 200, "GET /users/me with the access token of a refresh.")
        expect.equal(user.identity(), owner.id, "A refresh gives tokens of the same user.")


@stretch
@after("test_refresh_gives_a_working_pair")
def test_a_refresh_token_works_once(anonymous, owner):
    """A refresh token that was used is dead: 401."""
    body = {"refreshToken": _login(anonymous, owner).text("refreshToken")}
    expect.status(anonymous.post("/auth/refresh", body), 200, "POST /auth/refresh.")

    again = anonymous.post("/auth/refresh", body)

    expect.problem(again, 401, "POST /auth/refresh with a refresh token that was used before.")


@stretch
@after("test_gives_a_refresh_token", "test_takes_its_own_token")
def test_a_refresh_token_opens_no_route(anonymous, owner):
    """A refresh token is no access token: as a Bearer token it is refused."""
    token = _login(anonymous, owner).text("refreshToken")

    _refuses(owner, token, "a refresh token instead of an access token")


@stretch
@after("test_refresh_gives_a_working_pair")
def test_logout_ends_the_refresh_token(anonymous, owner):
    """Logout answers 204, and the refresh token is dead: 401."""
    pair = _login(anonymous, owner)
    body = {"refreshToken": pair.text("refreshToken")}

    logout = anonymous.bearing(pair.text("accessToken")).post("/auth/logout", body)

    expect.status(logout, 204, "POST /auth/logout with the access token and the refresh token.")
    refresh = anonymous.post("/auth/refresh", body)
    expect.problem(refresh, 401, "POST /auth/refresh with the refresh token of a session that logged out.")


@stretch
@after("test_logout_ends_the_refresh_token")
def test_logout_asks_for_a_token(anonymous, owner):
    """Logout answers 401 without an access token."""
    body = {"refreshToken": _login(anonymous, owner).text("refreshToken")}

    expect.problem(anonymous.post("/auth/logout", body), 401, "POST /auth/logout without an access token.")


@stretch
@needs("instance")
@after("test_does_not_tell_who_has_an_account")
def test_throttles_wrong_logins(throttled):
    """After five wrong logins on one account the next is 429, with the seconds to wait in Retry-After."""
    *five, sixth = throttled.answers

    for number, answer in enumerate(five, 1):
        expect.status(answer, 401, f"Wrong login number {number} of at most 5 in LOGIN_WINDOW_S.")
    expect.problem(sixth, 429, f"Wrong login number 6 within LOGIN_WINDOW_S={WINDOW_S}.")
    seconds = sixth.header("retry-after") or "no Retry-After"
    expect.that(
        seconds.isascii() and seconds.isdigit() and 1 <= int(seconds) <= WINDOW_S,
        "A 429 says in Retry-After how many seconds to wait, at most LOGIN_WINDOW_S.",
        expected=f"1 to {WINDOW_S}",
        actual=seconds,
    )


@stretch
@needs("instance")
@after("test_throttles_wrong_logins")
def test_throttles_one_account_only(throttled):
    """Wrong logins on one account keep nobody else from logging in."""
    throttled.people.again(throttled.other)


@stretch
@needs("instance")
@after("test_throttles_wrong_logins")
def test_the_throttle_holds_for_the_right_password(throttled):
    """While an account is throttled the right password is 429 as well, so guessing on tells nothing."""
    body = {**throttled.body, "password": throttled.password}

    answer = throttled.people.anonymous.post("/auth/login", body)

    expect.problem(answer, 429, "A login with the right password after 6 wrong ones within LOGIN_WINDOW_S.")


@stretch
@needs("instance", "restart")
@after("test_throttles_wrong_logins")
def test_the_throttle_outlives_a_restart(throttled):
    """Wrong logins are still counted after a restart: the next one is 429 as before."""
    throttled.instance.restart()

    answer = throttled.people.anonymous.post("/auth/login", throttled.body)

    expect.problem(answer, 429, "Wrong login number 7 within LOGIN_WINDOW_S, after a restart.")


@needs("instance")
@after("test_takes_its_own_token")
def test_a_changed_secret_ends_all_tokens(owner, rekeyed):
    """After JWT_SECRET was changed, the tokens from before are refused."""
    answer = owner.at(rekeyed).get("/users/me")

    expect.status(answer, 401, "GET /users/me with a token from before JWT_SECRET was changed.")


@needs("instance", "restart")
@after("test_takes_its_own_token")
def test_tokens_outlive_a_restart(crowd, owner, rekeyed):
    """After a restart with the same JWT_SECRET, tokens from before it are still good."""
    before = crowd.at(rekeyed).again(owner)

    restarted = rekeyed.restart()

    answer = before.at(restarted).get("/users/me")
    expect.status(answer, 200, "GET /users/me with a token from before a restart with the same JWT_SECRET.")


@needs("try_start")
@after("test_logs_in")
def test_does_not_start_without_a_secret(service):
    """Without JWT_SECRET the app ends with an error that names the variable."""
    _refuses_to_start(service, None, "without JWT_SECRET")


@needs("try_start")
@after("test_logs_in")
def test_does_not_start_with_a_short_secret(service, draw):
    """With a JWT_SECRET of 31 characters the app ends with an error that names the variable."""
    _refuses_to_start(service, draw.token(31), "with a JWT_SECRET of 31 characters")


@needs("instance")
@after("test_honours_the_lifetime_it_is_given")
def test_a_token_ends_by_itself(short):
    """A token of two seconds is refused four seconds after the login."""
    wait.until(short.born + 2 * SHORT_TTL_S, "a token has to outlive its JWT_TTL_S, which no signal tells")

    _refuses(short.actor, short.actor.token, f"JWT_TTL_S={SHORT_TTL_S}, {2 * SHORT_TTL_S} s after the login")


@stretch
@needs("instance")
@after("test_refresh_gives_a_working_pair")
def test_a_refresh_token_ends_by_itself(short):
    """A refresh token is dead once its REFRESH_TTL_S is over: 401."""
    refresh = short.login.text("refreshToken")
    wait.until(short.born + 2 * SHORT_TTL_S, "a refresh token has to outlive its REFRESH_TTL_S")

    answer = short.people.anonymous.post("/auth/refresh", {"refreshToken": refresh})

    expect.problem(answer, 401, f"POST /auth/refresh with a token of REFRESH_TTL_S={SHORT_TTL_S}, too late.")


@dataclass(frozen=True)
class _Short:
    """An instance whose tokens live `SHORT_TTL_S`, and somebody whose `login` was there before `born`."""

    instance: Any
    people: Any
    actor: Any
    login: JsonObject
    born: float


@dataclass(frozen=True)
class _Throttled:
    """The answers to six wrong logins with the same `body`, the right password, and somebody else."""

    instance: Any
    people: Any
    other: Any
    body: dict[str, str]
    password: str
    answers: list[Any]


@pytest.fixture(scope="module")
def short(service, crowd):
    """Start an instance whose tokens live two seconds, and log somebody in there."""
    lives = str(SHORT_TTL_S)
    env = {"JWT_TTL_S": lives, "REFRESH_TTL_S": lives, "LOGIN_WINDOW_S": str(WINDOW_S)}
    # A database of its own: a throttle that counts everybody's tries together must not end the run.
    instance = service.another(env=env, fresh=True)
    people = crowd.at(instance)
    actor = people.new()
    return _Short(instance, people, actor, _login(people.anonymous, actor), time.monotonic())


@pytest.fixture(scope="module")
def throttled(short):
    """Log in six times with a wrong password."""
    victim, other = short.people.new(), short.people.new()
    body = {"email": victim.email, "password": f"not {victim.password}"}
    answers = [short.people.anonymous.post("/auth/login", body) for _ in range(6)]
    return _Throttled(short.instance, short.people, other, body, victim.password, answers)


@pytest.fixture(scope="module")
def rekeyed(service, crowd):
    """Start an instance with the same database and another JWT_SECRET."""
    return service.another(env={"JWT_SECRET": crowd.draw.token(48)})


def _login(anonymous, actor) -> JsonObject:
    answer = anonymous.post("/auth/login", {"email": actor.email, "password": actor.password})
    return expect.ok(answer, 200, "A user logs in with the right password.")


def _send(caller, method: str, path: str, target, headers: dict[str, str] | None = None) -> Any:
    body = {"json": {}} if method in {"POST", "PATCH"} else {}
    return caller.send(method, path.format(id=target.id), headers=headers, **body)


def _refuses(caller, token: str, what: str) -> None:
    answer = caller.bearing(token).get("/users/me")
    expect.status(answer, 401, f"GET /users/me with a token that must not be good: {what}.")


def _refuses_to_start(service, secret: str | None, what: str) -> None:
    run = service.try_start(env={"JWT_SECRET": secret}, seconds=10)
    shown = run.output[-1000:] or "no output"
    ended = "it listens, or runs on" if run.exit_code is None else f"exit code {run.exit_code}"
    rationale = f"npm start {what} ends within 10 s, with another exit code than 0."
    expect.that(run.exit_code, rationale, expected="an exit code that is not 0", actual=f"{ended}\n{shown}")
    rationale = f"npm start {what} says what is wrong."
    expect.that("JWT_SECRET" in run.output, rationale, expected="output that names JWT_SECRET", actual=shown)


def _lasting(answer) -> dict[str, Any]:
    """Return a problem without what may differ from one request to the next."""
    varying = {"instance", "requestid", "request_id", "traceid", "timestamp", "time"}
    return {name: value for name, value in answer.object().items() if name.lower() not in varying}


def _stored_hash(url: str, email: str) -> str:
    import psycopg  # noqa: PLC0415 - a capability the exercise requires, loaded where it is used

    query = "SELECT password_hash FROM users WHERE lower(email) = lower(%s)"
    try:
        with psycopg.connect(url) as connection:
            row = connection.execute(query, [email]).fetchone()
    except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn) as error:
        found = str(error).splitlines()[0]
        raise UnmetError(
            "Passwords are stored hashed in the database.",
            expected="a table `users` with the columns `email` and `password_hash`",
            actual=found,
        ) from None
    expect.that(row and isinstance(row[0], str), "A registered user has a row in `users`.", actual="none")
    return row[0]
