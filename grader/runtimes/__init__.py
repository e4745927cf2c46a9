"""Runtimes start an app with its services and hand back a target."""
