#!/usr/bin/env bash
# Builds what changed and starts the server; its first lines say where to go.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
scripts/build.sh
export TOCSIN_ADDR=${TOCSIN_ADDR:-127.0.0.1:8080} TOCSIN_DATA=${TOCSIN_DATA:-$root/.tocsin/data}
exec bin/tocsin serve
