#!/usr/bin/env bash
# Builds bin/tocsin with the web UI inside it.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
need_tools
scripts/web.sh build
# A tree that git cannot read (no git, another owner) still builds, without a revision in it.
git rev-parse --quiet --verify HEAD >/dev/null 2>&1 || export GOFLAGS="${GOFLAGS:-} -buildvcs=false"
go build -o bin/tocsin ./cmd/tocsin
