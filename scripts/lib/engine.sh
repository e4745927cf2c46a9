# shellcheck shell=bash
# Starting a Docker engine where none answers, with or without systemd. DOCKER_HOST says where
# the engine is to listen (default: Docker's own socket); DOCKERD_ARGS are further options.
# Beside another engine, never pass --bridge=none: dockerd then deletes docker0, the other's too.

ENGINE_SECONDS=${ENGINE_SECONDS:-60}
DOCKERD_LOG=${DOCKERD_LOG:-/var/log/dockerd.log}
DOCKER_HOST_OR_DEFAULT=${DOCKER_HOST:-unix:///var/run/docker.sock}

engine_answers() { docker info >/dev/null 2>&1; }

engine_version() { docker version --format '{{.Server.Version}}' 2>/dev/null; }

# Only an engine on a socket of this machine is ours to start.
refuse_remote_engine() {
  [[ $DOCKER_HOST_OR_DEFAULT == unix://* ]] ||
    die "DOCKER_HOST=$DOCKER_HOST does not answer, and an engine on another machine is not ours to start"
}

install_engine() {
  local log_file
  command -v dockerd >/dev/null && command -v docker >/dev/null && return
  log_file=$(mktemp)
  # Newer Debian has the client in a package of its own.
  if apt-cache show docker-cli >/dev/null 2>&1; then
    apt_install "$log_file" docker.io docker-cli
  else
    apt_install "$log_file" docker.io
  fi
  rm -f "$log_file"
}

# The engine may be starting already, for instance by the package's own init script.
default_engine_runs() {
  local pid_file=/var/run/docker.pid
  [[ -z ${DOCKER_HOST:-} && -r $pid_file && $(cat "/proc/$(<"$pid_file")/comm" 2>/dev/null) == dockerd ]]
}

start_engine() {
  ((EUID == 0)) || die "starting a Docker engine needs root: run this with sudo"
  if default_engine_runs; then
    log engine "starting already"
  elif [[ -z ${DOCKER_HOST:-} && -d /run/systemd/system ]]; then
    log engine "systemctl start docker"
    systemctl start docker || die "systemctl start docker; see: journalctl -u docker"
  else
    spawn_engine
  fi
}

# In a session of its own, so that it outlives this script and no Ctrl-C meant for us reaches it.
spawn_engine() {
  local extra=()
  read -ra extra <<<"${DOCKERD_ARGS:-}"
  log engine "starting dockerd, its log is $DOCKERD_LOG"
  setsid nohup dockerd --host "$DOCKER_HOST_OR_DEFAULT" ${extra[@]+"${extra[@]}"} >"$DOCKERD_LOG" 2>&1 </dev/null &
  ENGINE_PID=$!
}

# Ends as soon as the engine answers or has died; the pause only keeps this loop from
# eating the processor that the engine needs.
wait_for_engine() {
  local deadline=$((SECONDS + ENGINE_SECONDS))
  until engine_answers; do
    [[ -z ${ENGINE_PID:-} ]] || kill -0 "$ENGINE_PID" 2>/dev/null || engine_failed "dockerd ended at once"
    ((SECONDS < deadline)) || engine_failed "no answer from the engine in $ENGINE_SECONDS s"
    sleep 0.1
  done
}

engine_failed() {
  log_tail "$DOCKERD_LOG"
  die "$1"
}
