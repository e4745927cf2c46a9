"""Measures every promise and prints a table; exit 1 if one is broken."""

from __future__ import annotations

import subprocess
import sys
import time

from benchmarks import hand
from benchmarks.measure import ROOT, Times, bound, ratio, repeated, wall

WHAT = "phase1.crud"
"""A line whose checks need no power, so that plain pytest can run the very same ones."""

RUNS = 7


def main() -> int:
    """Run all benchmarks."""
    promises = [*_commands(), *_process(), *_docker()]
    print("\n" + "\n".join(promises))
    return 1 if any(line.endswith("BROKEN") for line in promises) else 0


def _commands() -> list[str]:
    python = sys.executable
    bare = _told(repeated("python -c pass", 21, lambda: wall([python, "-c", "pass"])))
    lines = []
    for name in ("--help", "status"):
        ours = _told(repeated(f"grade {name}", 21, lambda name=name: wall(["./grade", name])))
        lines.append(ratio(f"grade {name} / python -c pass", ours, bare, 8))
    return lines


def _process() -> list[str]:
    _overhead("process")  # warms the caches
    ours = _told(repeated("process: total minus suite", RUNS, lambda: _overhead("process")))
    return [bound("process: the grader's own time", ours, 1.5)]


def _docker() -> list[str]:
    if subprocess.run(["docker", "info"], capture_output=True, check=False).returncode:
        print("docker: no engine answers, so its promises were not measured")
        return []
    _overhead("docker")
    ours = _told(repeated("docker: total minus suite", RUNS, lambda: _overhead("docker")))
    lines = [bound("docker: the grader's own time", ours, 3.0)]
    compose = hand.compose_command()
    if compose is None:
        print("by hand: docker compose is not installed, so the ratio was not measured")
        return lines
    with hand.prepared("phase1") as app:
        hand.once(compose, app, WHAT)
        name = f"by hand ({' '.join(compose)}): total minus suite"
        rival = _told(repeated(name, RUNS, lambda: hand.once(compose, app, WHAT)))
    return [*lines, ratio("docker: the grader / by hand", ours, rival, 0.6)]


def _overhead(runtime: str) -> float:
    """Return the seconds of one whole run, interpreter included, less those of its suite."""
    command = [sys.executable, "-m", "benchmarks.one_run", runtime, WHAT]
    began = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    seconds = time.perf_counter() - began
    if done.returncode:
        raise SystemExit(f"grading the solution in {runtime} ended with {done.returncode}: {done.stderr}")
    suite = float(done.stdout)
    print(f"  {runtime}: suite {suite:.2f} s, around it {seconds - suite:.2f} s", flush=True)
    return seconds - suite


def _told(times: Times) -> Times:
    print(times.row(), flush=True)
    return times


if __name__ == "__main__":
    sys.exit(main())
