"""Runs the checks of an exercise in a child process and folds what they report."""
