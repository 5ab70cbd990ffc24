#!/usr/bin/env bash
# The fault harnesses against the real binary: a row per promise. PROVE=long runs full counts.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
export TOCSIN_BIN=${TOCSIN_BIN:-$root/bin/tocsin}
exec go run ./test/faults "$@"
