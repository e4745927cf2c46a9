"""The grader's own program beside the app: forwards traffic to it. Standard library only."""
