"""Usual start-up errors are recognised in an app's output."""

from __future__ import annotations

import pytest

from grader.runtimes.clues import find_clue, find_unreachable

ENV = {"PORT": "4000", "JWT_SECRET": "x", "DATABASE_URL": "y"}


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("Error: listen EADDRINUSE: address already in use 127.0.0.1:4000", "port 4000 is already in use"),
        ("Error: listen EADDRINUSE: address already in use :::3000", "not the one given"),
        ("Error: Cannot find module 'express'\nRequire stack:", "package express is not installed"),
        ("Cannot find package '@fastify/cors' imported from /app/x.js", "package @fastify/cors is not"),
        ("Error: Cannot find module './routes/Users.js'", "file ./routes/Users.js cannot be found"),
        ("Error: Cannot find module '/app/server.js'", "file /app/server.js cannot be found"),
        ("SyntaxError: Unexpected token ')'", "cannot be read: Unexpected token"),
        ("Error: connect ECONNREFUSED 127.0.0.1:5432", "could not connect to 127.0.0.1:5432"),
        ("error: getaddrinfo ENOTFOUND db", "could not connect to db"),
        ('error: password authentication failed for user "postgres"', "refused the password"),
        ('error: relation "users" does not exist', 'has no relation "users"'),
        ("Error: Missing env var STRIPE_KEY", "STRIPE_KEY, which the exercise does not set"),
        ("MAIL_HOST is required", "MAIL_HOST, which the exercise does not set"),
        ("Error: JWT_SECRET must be set", "JWT_SECRET is missing, but JWT_SECRET is set"),
    ],
)
def test_usual_error_is_named(output, said):
    clue = find_clue(f"starting\n{output}\n    at x.js:1", ENV)
    assert clue is not None
    assert said in clue.message
    assert clue.remedy


@pytest.mark.parametrize("output", ["", "TypeError: x is not a function", "listening on 4000"])
def test_other_output_gives_no_clue(output):
    assert find_clue(output, ENV) is None


@pytest.mark.parametrize(
    ("env", "message", "remedy"),
    [
        (
            {"REDIS_URL": "redis://127.0.0.1:7001"},
            "connect to 127.0.0.1:6390",
            "addresses in REDIS_URL instead",
        ),
        (
            {"REDIS_URL": "redis://127.0.0.1:6390/0"},
            "127.0.0.1:6390, where REDIS_URL leads",
            "start without it",
        ),
    ],
)
def test_living_app_says_what_it_cannot_reach(env, message, remedy):
    clue = find_unreachable('{"msg":"redis","error":"connect ECONNREFUSED 127.0.0.1:6390"}', env)
    assert clue is not None
    assert message in clue.message
    assert remedy in clue.remedy


def test_other_errors_of_a_living_app_are_no_clue():
    assert find_unreachable("SyntaxError: x\nREDIS_URL is required", ENV) is None


def test_hostile_output_is_searched_quickly():
    assert find_clue("A_" * 200_000, ENV) is None
