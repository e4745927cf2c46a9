"""The docker runtime: app and services in containers that reach nothing but each other."""

from __future__ import annotations

from .runtime import DockerRuntime

__all__ = ["DockerRuntime"]
