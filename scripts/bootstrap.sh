# shellcheck shell=sh
# Shared by ./grade and ./dev: hands over to a Python of this repository's own .venv, made on first use.
#
#   . scripts/bootstrap.sh; run_in_venv ROOT REQUIREMENTS MODULE [ARGUMENT...]
#
# The usual case costs one `cmp`; everything slower is in bootstrap.py.

run_in_venv() {
  root=$1 requirements=$2 module=$3
  shift 3
  python=$root/.venv/bin/python
  [ -e "$root/.venv/Scripts/python.exe" ] && python=$root/.venv/Scripts/python.exe
  if ! cmp -s "$root/$requirements" "$root/.venv/.installed-$requirements"; then
    "$(find_python)" "$root/scripts/bootstrap.py" "$root" "$requirements" || exit 3
  fi
  # -P: the folder one stands in may be anybody's, and must not lend modules to the grader.
  exec "$python" -P -m "$module" "$@"
}

find_python() {
  for candidate in python3 python3.14 python3.13 python3.12 python3.11 python; do
    if command -v "$candidate" >/dev/null 2>&1 &&
      "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      command -v "$candidate"
      return
    fi
  done
  echo "No Python 3.11 or newer was found. Install one (for example: apt install python3), then run this again." >&2
  exit 3
}
