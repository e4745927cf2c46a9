"""The embedded runtime: app and services as plain processes on loopback. It does not isolate."""

from grader.runtimes.process.runtime import ProcessRuntime
from grader.runtimes.process.sweep import sweep_process

__all__ = ["ProcessRuntime", "sweep_process"]
