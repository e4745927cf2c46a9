#!/bin/sh
# An option or a configuration file is meant for redis-server, which never runs as root.
set -e

case $1 in
-* | *.conf) set -- redis-server "$@" ;;
esac

if [ "$1" = redis-server ]; then
  # The official build starts open to its network; Debian's refuses other hosts.
  case " $* " in
  *" --protected-mode "*) ;;
  *) set -- "$@" --protected-mode no ;;
  esac
  if [ "$(id -u)" = 0 ]; then
    find . ! -user redis -exec chown redis {} +
    exec setpriv --reuid=redis --regid=redis --clear-groups -- "$0" "$@"
  fi
fi

exec "$@"
