"""What a check may import.

    from grader.kit import after, expect, needs, stretch, together, wait

Fixtures come from the plugin (`service`, `client`, `draw`) and from the exercise's support.py.
"""

from grader.kit import expect, wait
from grader.kit.client import Client, Response
from grader.kit.draw import Draw
from grader.kit.marks import after, alone, gate, needs, stretch
from grader.kit.service import ScriptRun, Service
from grader.kit.together import together
from grader.kit.values import JsonObject
from grader.kit.verdicts import BlockedError, UnmetError

__all__ = [
    "BlockedError",
    "Client",
    "Draw",
    "JsonObject",
    "Response",
    "ScriptRun",
    "Service",
    "UnmetError",
    "after",
    "alone",
    "expect",
    "gate",
    "needs",
    "stretch",
    "together",
    "wait",
]
