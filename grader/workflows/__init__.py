"""One file per use case; the only place where content, suite, runtimes and exporters meet."""
