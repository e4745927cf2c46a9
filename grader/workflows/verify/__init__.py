"""Proves the content: the solution passes, the starter does not, every mutant dies of the right check."""
