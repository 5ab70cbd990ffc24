#!/usr/bin/env bash
# What the tests need beyond Go and Node: PostgreSQL, Chromium, an AWS emulator and its tools.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
. scripts/services.sh
need_tools

# as_root COMMAND…: says what to type where we may not.
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif have sudo && sudo -n true 2>/dev/null; then sudo "$@"
  else die "please run, then try again:  sudo $*"; fi
}

debian() {
  have apt-get || die "please install: $* (PostgreSQL 15 or newer, Chromium, Python 3 with venv)"
  say "installing $*"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq >&2
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >&2
}

lacking=()
postgres_bin >/dev/null || lacking+=(postgresql-15)
chromium_bin >/dev/null || lacking+=(chromium)
tools=yes
python_tools || tools=no
if [ "$tools" = no ] && ! python3 -c 'import ensurepip' 2>/dev/null; then lacking+=(python3-venv); fi
[ ${#lacking[@]} -eq 0 ] || debian "${lacking[@]}"

if [ "$tools" = no ]; then
  say "installing the AWS emulator and its tools into .venv"
  python3 -m venv .venv
  .venv/bin/pip install --quiet --disable-pip-version-check -r scripts/requirements.txt >&2
fi
scripts/web.sh deps
