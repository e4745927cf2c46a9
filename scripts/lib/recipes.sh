# shellcheck shell=bash
# A recipe is a folder scripts/images/NAME: a Dockerfile, or a program `rootfs` that writes a
# root file system as tar to stdout (for the one image that is built from none). Its line
# `# Tags: ...` names the official tags it stands in for; the first is the main one.

RECIPES=$(cd "$(dirname "${BASH_SOURCE[0]}")/../images" && pwd)

# The label's value begins with the recipe's name, because an image inherits its base's labels:
# somebody's own redis image on our Debian base must not pass for our redis.
LABEL=grade.base-image

recipe_names() {
  local folder
  for folder in "$RECIPES"/*/; do basename "$folder"; done
}

recipe_source() {
  if [[ -e $RECIPES/$1/rootfs ]]; then echo "$RECIPES/$1/rootfs"; else echo "$RECIPES/$1/Dockerfile"; fi
}

recipe_tags() {
  sed -n 's/^# Tags: *//p' "$(recipe_source "$1")"
}

# recipe_base NAME: the tag its Dockerfile builds on; nothing for a rootfs.
recipe_base() {
  sed -n 's/^FROM  *\([^ ]*\).*/\1/p' "$(recipe_source "$1")" | tail -n 1
}

# recipe_of_tag TAG: the recipe that makes TAG; nothing if none does.
recipe_of_tag() {
  local name tag
  for name in $(recipe_names); do
    for tag in $(recipe_tags "$name"); do
      [[ $tag == "$1" ]] && echo "$name" && return
    done
  done
  return 0
}

# recipe_hash NAME: of all that decides what the image holds: the recipe's files (so also the
# pinned wheels), the base image, this machine's certificates.
recipe_hash() {
  {
    (cd "$RECIPES/$1" && find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum)
    image_id "$(recipe_base "$1")"
    [[ ! -e $RECIPES/$1/Dockerfile.certificates ]] || extra_certificates | xargs -r -d '\n' cat
  } | sha256sum | cut -c1-16
}

image_id() {
  [[ -z ${1:-} ]] || docker image inspect --format '{{.Id}}' "$1" 2>/dev/null || true
}

# tag_state NAME TAG HASH: absent, current (ours, this recipe), stale (ours, an older recipe)
# or foreign (anybody else's, such as the official image).
tag_state() {
  local value
  value=$(docker image inspect --format "{{index .Config.Labels \"$LABEL\"}}" "$2" 2>/dev/null) ||
    { echo absent && return; }
  case $value in
  "$1-$3") echo current ;;
  "$1"-*) echo stale ;;
  *) echo foreign ;;
  esac
}
