#!/usr/bin/env bash
# web.sh deps|build|types|lint|unit|e2e|shots: the web half, doing only what has changed.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

# unchanged STAMP: compares standard input with what the stamp holds.
unchanged() { [ -f "$1" ] && cmp -s - "$1"; }

deps_state() {
  node --version
  cat web/package.json web/package-lock.json web/.npmrc | cksum
}

# npm writes node_modules/.package-lock.json last, so an interrupted install has none.
deps() {
  local stamp=web/node_modules/.tocsin-deps
  if [ -f web/node_modules/.package-lock.json ] && deps_state | unchanged "$stamp"; then return; fi
  say "installing the web packages"
  npm --prefix web ci --no-audit --no-fund >&2
  deps_state >"$stamp"
}

# What the bundle is made of: the sources and the settings beside them.
ui_state() {
  deps_state
  find web -maxdepth 1 -type f -exec cksum {} + | LC_ALL=C sort
  find web/src web/public web/scripts -type f -exec cksum {} + 2>/dev/null | LC_ALL=C sort || true
}

build() {
  local stamp=web/node_modules/.tocsin-ui
  if [ -f web/dist/index.html ] && ui_state | unchanged "$stamp"; then return; fi
  say "building the web UI"
  npm --prefix web run build >&2
  ui_state >"$stamp"
}

unit() {
  local out=${1:-$PWD/web/node_modules/.tocsin-unit.json}
  rm -f "$out"
  npm --prefix web run test -- --reporter=default --reporter=json --outputFile.json="$out"
}

# No && here: it would switch off errexit inside what stands left of it.
case ${1:-} in
deps) deps ;;
build) deps; build ;;
types) deps; npm --prefix web run typecheck ;;
lint) deps; npm --prefix web run lint ;;
unit) deps; unit "${2:-}" ;;
e2e | shots) deps; TOCSIN_BIN=$root/bin/tocsin npm --prefix web run "$1" ;;
*) die "web.sh wants one of: deps build types lint unit e2e shots" ;;
esac
