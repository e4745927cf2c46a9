"""The grader's own program beside the app: forwards traffic to it and answers a small control API.

Run as a directory, so that a container needs nothing but these files: `python -I grader/bench --outer HOST`.
Standard library only.
"""
