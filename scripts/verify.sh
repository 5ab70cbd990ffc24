#!/usr/bin/env bash
# Fails when a generated file is stale or not committed; leaves the fresh ones behind.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
files=(api/openapi.yaml docs/wire.md web/src/api/schema.d.ts)
before=$(mktemp -d)
trap 'rm -rf "$before"' EXIT
for f in "${files[@]}"; do
  [ -f "$f" ] || die "$f is missing: make generate, then commit it"
  mkdir -p "$before/$(dirname "$f")"
  cp "$f" "$before/$f"
done
scripts/generate.sh
stale=0
for f in "${files[@]}"; do
  diff -u "$before/$f" "$f" >&2 || { printf 'stale: %s\n' "$f" >&2; stale=1; }
done
if git rev-parse --git-dir >/dev/null 2>&1; then
  git ls-files --error-unmatch "${files[@]}" >/dev/null
  git diff --exit-code -- "${files[@]}" || stale=1
fi
[ "$stale" = 0 ] || die "generated files were stale: commit the fresh ones"
say "generated files are fresh"
