#!/bin/sh
# An option (`--version`), a name that is no command (`app.js`), or a file that cannot be
# executed is meant for node; anything else is a command of its own (`npm start`, `sh`).
set -e

case $1 in
-*) meant_for_node=yes ;;
*)
  command=$(command -v "$1" || true)
  if [ -z "$command" ] || { [ -f "$1" ] && [ ! -x "$1" ]; }; then meant_for_node=yes; fi
  ;;
esac

[ -z "$meant_for_node" ] || set -- node "$@"
exec "$@"
