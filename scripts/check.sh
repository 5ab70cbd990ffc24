#!/usr/bin/env bash
# The quick gate: what needs no service and no browser, so that it is run often.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
need_tools
unset TOCSIN_TEST_PG TOCSIN_TEST_MOTO TOCSIN_TEST_CHROMIUM
counter=$(testcount)
scripts/gates.sh go
go test -json -short -timeout 5m $(go_packages) | "$counter" -as go go
scripts/web.sh types
scripts/web.sh lint
scripts/web.sh unit
say "good"
