"""A grader for the backend roadmap: black-box checks against a running service."""

__version__ = "0.1.0"
