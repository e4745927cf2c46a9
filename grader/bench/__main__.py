"""Start the bench, from the package or from a bare copy of this directory."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path


def _package() -> str:
    """Return the name of the package that holds the bench, loading it when run as a directory."""
    if __package__:
        return __package__
    folder = Path(__file__).resolve().parent
    # Python put this directory on the path; its file names must not hide the standard library's.
    sys.path[:] = [entry for entry in sys.path if Path(entry).resolve() != folder]
    spec = importlib.util.spec_from_file_location(
        "grade_bench", folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["grade_bench"] = module
    spec.loader.exec_module(module)
    return "grade_bench"


if __name__ == "__main__":
    sys.exit(importlib.import_module(f"{_package()}.program").main())
