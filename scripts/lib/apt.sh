# shellcheck shell=bash
# The distribution's own packages, from whatever mirror this machine is set up with.

# apt_install LOG PACKAGE...: fails with the log's tail.
apt_install() {
  local log_file=$1
  shift
  ((EUID == 0)) || die "installing $* needs root: run this with sudo"
  command -v apt-get >/dev/null || die "no apt-get here: install $* by hand, then run this again"
  log install "$*"
  # Lists may be absent (a slim machine) or years old: refresh them, and go on without if that fails.
  apt-get -qq update >"$log_file" 2>&1 || log warn "apt-get update failed; trying with the lists that are there"
  if ! DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$@" >>"$log_file" 2>&1; then
    log_tail "$log_file"
    die "apt-get install $*"
  fi
}
