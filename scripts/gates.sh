#!/usr/bin/env bash
# gates.sh go|all|fmt: the static checks; fmt mends what the first of them would refuse.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

staticcheck_version=v0.8.2

format() {
  local bad
  bad=$(go_files | xargs gofmt -l)
  [ -z "$bad" ] && return
  printf 'not formatted (make fmt mends it): %s\n' $bad >&2
  return 1
}

go_gates() {
  local tool packages
  say "gofmt, go vet, staticcheck"
  format
  packages=$(go_packages)
  go vet $packages
  tool=$(tool "staticcheck@$staticcheck_version" honnef.co/go/tools/cmd/staticcheck)
  "$tool" $packages
}

# golangci-lint takes minutes to build, so it is used where somebody has installed it.
more_gates() {
  scripts/web.sh lint
  if have golangci-lint; then golangci-lint run; else say "golangci-lint is not installed: its part is left out"; fi
  if have shellcheck; then shellcheck -x scripts/*.sh .ci/run; fi
}

case ${1:-} in
go) go_gates ;;
all) go_gates; more_gates ;;
fmt) go_files | xargs gofmt -w ;;
*) die "gates.sh wants go, all or fmt" ;;
esac
