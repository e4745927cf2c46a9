"""Reads the repository: exercises, progress.md, layers, mutants, snapshots."""
