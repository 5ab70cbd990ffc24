#!/usr/bin/env bash
# Every stage of `make test`, inside with-services.sh. A stage that fails or breaks does not
# stop the next; the last line is the sum, and a stage that broke counts as one failure.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

export TOCSIN_BIN=$root/bin/tocsin

# One stage by itself: a process of its own, so that errexit holds inside it.
run_stage() {
  case $1 in
  gates) scripts/gates.sh go ;;
  build) rm -f bin/tocsin # or the browser would judge the last one that built
    scripts/build.sh ;;
  go) go test -json -count=1 -timeout 15m $(go_packages) | "$counter" -as go -to "$counts" go ;;
  types) scripts/web.sh types && scripts/web.sh lint ;;
  unit) report web scripts/web.sh unit "$results/unit.json" vitest "$results/unit.json" ;;
  e2e) rm -f web/e2e/results.json
    report e2e scripts/web.sh e2e summary web/e2e/results.json ;;
  prove) export TOCSIN_RESULTS=$results/prove.json
    report prove scripts/prove.sh -short summary "$TOCSIN_RESULTS" ;;
  esac
}

# report NAME COMMAND… FORMAT FILE: the results count even where the command fails.
report() {
  local name=$1 code=0 n=$#
  "${@:2:n-3}" || code=$?
  "$counter" -as "$name" -to "$counts" "${@: -2}" || code=1
  return "$code"
}

failures() { awk -F '\t' '{n += $3} END {print n + 0}' "$counts"; }

if [ $# -gt 0 ]; then run_stage "$1"; exit; fi

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
counts=$results/counts
: >"$counts"
counter=$(testcount)
export results counts counter

for stage in gates build go types unit e2e prove; do
  say "$stage"
  began=$SECONDS before=$(failures) verdict=done
  if ! scripts/test.sh "$stage"; then
    verdict=FAILED
    [ "$(failures)" != "$before" ] || "$counter" -as "$stage" -to "$counts" broken || true
  fi
  say "$stage: $verdict in $((SECONDS - began)) s"
done
"$counter" total "$counts"
