"""What a check may import.

    from grader.kit import after, expect, needs, stretch, together, wait

Fixtures come from the plugin (`service`, `client`, `draw`, `mail`, `faults`, `collector`) and from the
exercise's support.py.
"""

from grader.kit import expect, wait
from grader.kit.client import Client, Response
from grader.kit.collector import Collector, Report
from grader.kit.draw import Draw
from grader.kit.faults import Faults, Traffic
from grader.kit.mail import Attempt, Mail
from grader.kit.marks import after, alone, gate, needs, stretch
from grader.kit.service import Ending, ScriptRun, Service
from grader.kit.together import together
from grader.kit.values import JsonObject
from grader.kit.verdicts import BlockedError, UnmetError

__all__ = [
    "Attempt",
    "BlockedError",
    "Client",
    "Collector",
    "Draw",
    "Ending",
    "Faults",
    "JsonObject",
    "Mail",
    "Report",
    "Response",
    "ScriptRun",
    "Service",
    "Traffic",
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
