# Sourced by every script: the root of the repository, how we talk, what we need.

cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD

say() { printf '== %s\n' "$*" >&2; }
die() { printf 'tocsin: %s\n' "$*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# at_least HAVE WANT: is version HAVE the same as WANT or newer?
at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

# need_tools names everything that is missing at once, not one thing a try.
need_tools() {
  local lacking=() go node
  if have go; then
    go=$(GOTOOLCHAIN=local go env GOVERSION)
    at_least "${go#go}" 1.26 || lacking+=("Go 1.26 or newer (found ${go#go}): https://go.dev/dl/")
  else
    lacking+=("Go 1.26 or newer: https://go.dev/dl/")
  fi
  if have node; then
    node=$(node --version)
    node_fits "${node#v}" || lacking+=("Node 20.19 or newer in 20, or 22.12 or newer (found ${node#v}): https://nodejs.org/")
  else
    lacking+=("Node 20.19 or newer: https://nodejs.org/")
  fi
  have npm || lacking+=("npm, which comes with Node")
  [ ${#lacking[@]} -eq 0 ] && return
  printf 'tocsin: this machine lacks %s\n' "${lacking[@]}" >&2
  exit 1
}

# node_fits: the bundler refuses 21 and the first half of 22.
node_fits() {
  case $1 in
  20.*) at_least "$1" 20.19 ;;
  21.*) return 1 ;;
  *) at_least "$1" 22.12 ;;
  esac
}

# go_packages: ours only; some npm packages carry Go files.
go_packages() { go list -e ./... | grep -v /node_modules/; }

# go_files: every Go file of ours, also those that are not committed yet.
go_files() {
  find . -name '*.go' -not -path '*/node_modules/*' -not -path './.*/*' | LC_ALL=C sort
}

# tool NAME@VERSION PACKAGE: installs once into .bin, keyed by version, and prints the path.
tool() {
  local name=${1%@*} version=${1#*@} path
  path=$root/.bin/$name-$version
  if [ ! -x "$path" ]; then
    say "installing $name $version into .bin"
    mkdir -p .bin/new
    GOBIN=$root/.bin/new GOFLAGS= go install "$2@$version" >&2
    mv ".bin/new/$name" "$path"
  fi
  printf '%s\n' "$path"
}

# testcount builds the counter of test results and prints its path.
testcount() {
  go build -o .bin/testcount ./scripts/testcount
  printf '%s\n' "$root/.bin/testcount"
}
