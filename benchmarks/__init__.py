"""What the grader promises about speed, measured beside its rival in one run: `./dev bench`."""
