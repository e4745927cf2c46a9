"""The frozen words every other package speaks: no I/O, standard library only."""
