"""JSON Web Tokens in compact form: read without trust, verified, and forged claim by claim."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from grader.kit import expect, values
from grader.kit.values import JsonObject

if TYPE_CHECKING:
    from collections.abc import Mapping


_PARTS = 3


def read(token: str) -> tuple[JsonObject, JsonObject]:
    """Return what a token's header and payload say, whoever signed it."""
    parts = token.split(".")
    expect.that(
        len(parts) == _PARTS,
        "A token is a JWS in compact form (RFC 7515): header, payload and signature with dots between.",
        expected="3 parts",
        actual=f"{len(parts)} in {token[:200]!r}",
    )
    return _unpack(parts[0], "header"), _unpack(parts[1], "payload")


def seconds(claims: JsonObject, name: str) -> int | float:
    """Return a claim that is a moment; RFC 7519 allows fractions of a second."""
    value = claims[name]
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    expect.that(is_number, f"The claim `{name}` is a number of seconds since 1970.", actual=value)
    number: int | float = value
    return number


def verifies(token: str, secret: str) -> bool:
    """Tell whether the token was signed with HS256 and this secret, whatever it says."""
    jwt = _pyjwt()
    try:
        jwt.PyJWS().decode(token, secret, algorithms=["HS256"])
    except jwt.InvalidTokenError:
        return False
    return True


def sign(claims: Mapping[str, Any], secret: str) -> str:
    """Return a token that says this and is signed with HS256."""
    # PyJWS, not PyJWT: claims go in as they are, wrong ones too.
    token: str = _pyjwt().PyJWS().encode(json.dumps(claims).encode(), secret, algorithm="HS256")
    return token


def edited(token: str, claims: Mapping[str, Any]) -> str:
    """Return the token with other claims under its old header and signature."""
    header, _, signature = token.split(".")
    return f"{header}.{_pack(claims)}.{signature}"


def unsigned(claims: Mapping[str, Any], alg: str, signature: str = "") -> str:
    """Return a token that names `alg`, with whatever stands in for its signature."""
    return f"{_pack({'alg': alg, 'typ': 'JWT'})}.{_pack(claims)}.{signature}"


def _unpack(part: str, name: str) -> JsonObject:
    try:
        value = values.parse(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except ValueError:
        value = None
    expect.that(
        isinstance(value, JsonObject),
        f"The {name} of a token is a JSON object in base64url (RFC 7515).",
        expected="a JSON object",
        actual=part[:200],
    )
    return JsonObject(value)


def _pack(members: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(members).encode()).rstrip(b"=").decode()


def _pyjwt() -> Any:
    # Of the extra `jwt`, which only exercises with tokens require.
    import jwt  # noqa: PLC0415

    return jwt
