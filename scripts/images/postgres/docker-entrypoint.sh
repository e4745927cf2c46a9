#!/usr/bin/env bash
# Start-up of the official image: on an empty data directory make a cluster with the given
# user, password and database, run /docker-entrypoint-initdb.d/*, then serve.
# Not -u: files of /docker-entrypoint-initdb.d are sourced, and may not expect it.
set -Eeo pipefail

# from_file NAME: takes the variable's value from the file named in NAME_FILE.
from_file() {
  local file=${1}_FILE
  [[ -n ${!file:-} ]] || return 0
  [[ -z ${!1:-} ]] || { echo "error: both $1 and $file are set" >&2 && exit 1; }
  export "$1=$(<"${!file}")"
  unset "$file"
}

read_settings() {
  local name
  for name in POSTGRES_PASSWORD POSTGRES_USER POSTGRES_DB POSTGRES_INITDB_ARGS; do from_file "$name"; done
  export POSTGRES_USER=${POSTGRES_USER:-postgres}
  export POSTGRES_DB=${POSTGRES_DB:-$POSTGRES_USER}
  if [[ -z ${POSTGRES_PASSWORD:-} && ${POSTGRES_HOST_AUTH_METHOD:-} != trust ]]; then
    echo 'error: the database is not initialized and no superuser password is given.' >&2
    echo '       Set POSTGRES_PASSWORD, or POSTGRES_HOST_AUTH_METHOD=trust (no password at all).' >&2
    exit 1
  fi
}

make_directories() {
  mkdir -p "$PGDATA" /var/run/postgresql 2>/dev/null || true
  chmod 0700 "$PGDATA" 2>/dev/null || true # a directory of another owner is postgres' own complaint
  chmod 3775 /var/run/postgresql 2>/dev/null || true
}

become_postgres() {
  find "$PGDATA" /var/run/postgresql ! -user postgres -exec chown postgres {} +
  export HOME=/var/lib/postgresql
  exec setpriv --reuid=postgres --regid=postgres --init-groups -- "${BASH_SOURCE[0]}" "$@"
}

make_cluster() {
  # The extra arguments are a shell line, with quotes that mean something.
  eval 'initdb --username="$POSTGRES_USER" --pwfile=<(printf "%s\n" "$POSTGRES_PASSWORD")' \
    "${POSTGRES_INITDB_WALDIR:+--waldir=\"\$POSTGRES_INITDB_WALDIR\"}" "$POSTGRES_INITDB_ARGS"
  printf '\nhost all all all %s\n' "${POSTGRES_HOST_AUTH_METHOD:-$(postgres -C password_encryption)}" >>"$PGDATA/pg_hba.conf"
  # Compiled-in defaults of the official build; Debian's differ.
  printf "%s\n" "listen_addresses = '*'" "unix_socket_directories = '/var/run/postgresql'" >>"$PGDATA/postgresql.conf"
}

sql() {
  psql -v ON_ERROR_STOP=1 --no-psqlrc --no-password --host /var/run/postgresql --username "$POSTGRES_USER" "$@"
}

# shellcheck disable=SC1090 # whatever the user put there
run_init_file() {
  case $1 in
  *.sh) if [[ -x $1 ]]; then "$1"; else source "$1"; fi ;;
  *.sql) sql --dbname "$POSTGRES_DB" --file "$1" ;;
  *.sql.gz) gunzip --stdout "$1" | sql --dbname "$POSTGRES_DB" ;;
  *.sql.xz) xzcat "$1" | sql --dbname "$POSTGRES_DB" ;;
  *) echo "ignoring $1" ;;
  esac
}

# first_start POSTGRES_OPTIONS...: on the unix socket only, so that nobody meets a half-made database.
first_start() {
  local file options
  printf -v options '%q ' "$@" -c listen_addresses= -p 5432
  export PGPASSWORD=${POSTGRES_PASSWORD:-}
  pg_ctl --pgdata "$PGDATA" --options "$options" --wait start
  [[ $POSTGRES_DB == postgres ]] ||
    sql --dbname postgres --set db="$POSTGRES_DB" <<<'CREATE DATABASE :"db";'
  for file in /docker-entrypoint-initdb.d/*; do
    [[ ! -e $file ]] || { echo "$0: running $file" && run_init_file "$file"; }
  done
  pg_ctl --pgdata "$PGDATA" --mode fast --wait stop
  unset PGPASSWORD
  printf '\nPostgreSQL init process complete; ready for start up.\n\n'
}

[[ ${1:-} != -* ]] || set -- postgres "$@"

if [[ ${1:-} == postgres ]]; then
  make_directories
  ((EUID != 0)) || become_postgres "$@"
  if [[ ! -s $PGDATA/PG_VERSION ]]; then
    read_settings
    make_cluster
    first_start "${@:2}"
  fi
fi

exec "$@"
