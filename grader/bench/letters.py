"""Reads a message as a person would see it, whatever its sender made of it."""

from __future__ import annotations

import contextlib
import email
import email.policy
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from email.message import EmailMessage

MAX_TEXT = 64 * 1024
MAX_HEADERS = 100
MAX_HEADER = 2000


def read_letter(raw: bytes) -> dict[str, Any]:
    """Return subject, headers, text and html of a message, decoded and bounded."""
    message: EmailMessage = email.message_from_bytes(raw, policy=email.policy.default)
    headers = [[name, _header(message, at)] for at, name in enumerate(message.keys()[:MAX_HEADERS])]
    subject = next((value for name, value in headers if name.lower() == "subject"), "")
    return {
        "subject": subject,
        "headers": headers,
        "text": _part(message, "plain"),
        "html": _part(message, "html"),
    }


def _header(message: EmailMessage, at: int) -> str:
    # A header that cannot be parsed raises anything; then its raw text has to do.
    with contextlib.suppress(Exception):
        return str(message.values()[at])[:MAX_HEADER]
    return str(list(message.raw_items())[at][1])[:MAX_HEADER]


def _part(message: EmailMessage, kind: str) -> str:
    with contextlib.suppress(Exception):  # an unknown charset, a broken multipart
        part = message.get_body((kind,))
        if part is not None:
            return str(part.get_content())[:MAX_TEXT]
    return ""
