# shellcheck shell=bash
# Some networks inspect TLS and sign it with a certificate authority of their own, which the
# machine trusts (/usr/local/share/ca-certificates) and a container does not. An image whose
# recipe has a Dockerfile.certificates gets these authorities, so that `npm ci` and
# `pip install` work in a learner's build with no change to their Dockerfile.

EXTRA_CA_DIR=${EXTRA_CA_DIR:-/usr/local/share/ca-certificates}
CA_BUNDLE=${CA_BUNDLE:-/etc/ssl/certs/ca-certificates.crt}

extra_certificates() {
  find -L "$EXTRA_CA_DIR" -name '*.crt' -type f 2>/dev/null | LC_ALL=C sort
}

# add_certificates RECIPE_DIR CONTEXT_DIR: no-op on a machine without authorities of its own.
add_certificates() {
  local found
  mapfile -t found < <(extra_certificates)
  ((${#found[@]})) && [[ -e $1/Dockerfile.certificates ]] || return 0
  install -d -m 0755 "$2/ca/extra"
  install -m 0644 "$CA_BUNDLE" "$2/ca/bundle.crt"
  install -m 0644 "${found[@]}" "$2/ca/extra/"
  # awk, unlike cat, ends each file's last line.
  awk 1 "${found[@]}" >"$2/ca/extra.pem"
  cat "$1/Dockerfile.certificates" >>"$2/Dockerfile"
}
