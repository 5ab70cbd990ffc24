#!/usr/bin/env bash
# The server on TOCSIN_ADDR and the web UI with hot reload beside it; either ending ends both.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
scripts/build.sh
export TOCSIN_ADDR=${TOCSIN_ADDR:-127.0.0.1:8080} TOCSIN_DATA=${TOCSIN_DATA:-$root/.tocsin/data}
pids=()
trap 'kill "${pids[@]}" 2>/dev/null || true; wait' EXIT
trap 'exit 130' INT TERM
bin/tocsin serve & pids+=($!)
(cd web && exec node_modules/.bin/vite --host 127.0.0.1) & pids+=($!)
wait -n
