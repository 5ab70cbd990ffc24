#!/usr/bin/env bash
# with-services.sh COMMAND…: runs it beside a throwaway PostgreSQL and an AWS emulator, and
# tells it where they are (TOCSIN_TEST_PG, TOCSIN_TEST_MOTO, TOCSIN_TEST_CHROMIUM).
set -euo pipefail
. "$(dirname "$0")/lib.sh"
. scripts/services.sh

work=$(mktemp -d /tmp/tocsin-test.XXXXXX) # not TMPDIR: a socket's path may have 107 bytes
trap stop_services EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# Even when this script is killed outright, nothing is left running.
keeper() {
  trap '' INT TERM HUP
  while kill -0 $$ 2>/dev/null; do sleep 2; done
  stop_services
}
keeper >/dev/null 2>&1 &

TOCSIN_TEST_CHROMIUM=$(chromium_bin) || die "no Chromium: run scripts/setup.sh"
export TOCSIN_TEST_CHROMIUM
start_postgres
start_moto
say "PostgreSQL at $TOCSIN_TEST_PG, AWS emulator at $TOCSIN_TEST_MOTO"
"$@"
