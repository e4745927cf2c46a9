# shellcheck shell=bash
# Log lines with the seconds since the script began. Everything goes to stderr:
# stdout is for what another program may want to read.

LOG_START=${LOG_START:-$EPOCHREALTIME}
export LOG_START # a script that calls another shares one clock with it

# seconds_since START: one decimal; START is a value of $EPOCHREALTIME.
seconds_since() {
  local tenths=$(((${EPOCHREALTIME/[.,]/} - ${1/[.,]/}) / 100000))
  printf '%d.%d' $((tenths / 10)) $((tenths % 10))
}

# log WORD TEXT...: WORD is what happened (ok, built, kept, FAILED, ...).
log() {
  local word=$1
  shift
  printf '%6ss  %-8s %s\n' "$(seconds_since "$LOG_START")" "$word" "$*" >&2
}

die() {
  log FAILED "$*"
  exit 1
}

# log_tail FILE: the end of another program's log, set off from our own lines.
log_tail() {
  [[ -s $1 ]] || return 0
  tail -n "${2:-30}" "$1" | sed 's/^/         | /' >&2
}
