#!/usr/bin/env bash
# Makes the generated files again. Each is written whole or not at all.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
need_tools
scripts/web.sh deps

# fresh FILE COMMAND…: replaces FILE by what the command prints.
fresh() {
  mkdir -p "$(dirname "$1")"
  "${@:2}" >"$1.new"
  mv "$1.new" "$1"
}

# Not bin/tocsin: that one holds the UI, which is built from what is generated here.
tocsin=$root/.bin/tocsin-generate
go build -o "$tocsin" ./cmd/tocsin
fresh api/openapi.yaml "$tocsin" api spec
fresh docs/wire.md "$tocsin" wire
fresh web/src/api/schema.d.ts web/node_modules/.bin/openapi-typescript api/openapi.yaml
