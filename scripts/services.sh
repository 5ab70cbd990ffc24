# Sourced after lib.sh: finding, starting and stopping what the tests run against.
# start_* need $work, a directory of their own; stop_services may run twice.

PATH=$PATH:$root/.venv/bin # what the machine has comes first

# Debian keeps PostgreSQL's server programs off PATH; 15 is what we promise, newer will do.
postgres_bin() {
  local dir
  for dir in /usr/lib/postgresql/15/bin $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -rV); do
    [ -x "$dir/initdb" ] && at_least "$(basename "$(dirname "$dir")")" 15 && printf '%s\n' "$dir" && return
  done
  return 1
}

chromium_bin() {
  local name
  for name in "${TOCSIN_TEST_CHROMIUM:-}" chromium chromium-browser google-chrome; do
    [ -n "$name" ] && command -v "$name" && return
  done
  return 1
}

# They must work, not just exist: a version manager leaves stubs for what it does not have.
python_tools() {
  local name
  for name in "moto_server --help" "cfn-lint --version" "aws --version"; do
    $name >/dev/null 2>&1 || return 1
  done
}

free_port() { python3 -c 'import socket; s=socket.socket(); s.bind(("127.0.0.1",0)); print(s.getsockname()[1])'; }

# as_postgres: PostgreSQL refuses to run as root.
as_postgres() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }

# start_postgres: fsync stays on (the product refuses a server without it). The superuser
# comes in through the socket only; over TCP there is one role, which may make databases.
start_postgres() {
  local bin port data=$work/pg
  bin=$(postgres_bin) || die "no PostgreSQL 15: run scripts/setup.sh"
  port=$(free_port)
  mkdir "$data"
  [ "$(id -u)" != 0 ] || { chmod 711 "$work"; chown postgres "$data"; }
  as_postgres "$bin/initdb" -D "$data" -U postgres --auth=trust -E UTF8 --locale=C.UTF-8 >"$work/postgres.log" 2>&1 ||
    { cat "$work/postgres.log" >&2; die "initdb failed"; }
  printf '%s\n' 'local all all trust' 'host all tocsin_test 127.0.0.1/32 trust' >"$data/pg_hba.conf"
  as_postgres "$bin/pg_ctl" -D "$data" -w -t 60 -l "$data/server.log" -o "-p $port -k $data \
    -c listen_addresses=127.0.0.1 -c max_connections=300 -c timezone=UTC -c fsync=on" start >>"$work/postgres.log" 2>&1 ||
    { cat "$work/postgres.log" "$data/server.log" >&2; die "PostgreSQL did not start"; }
  as_postgres "$bin/psql" -qX -h "$data" -p "$port" -U postgres -v ON_ERROR_STOP=1 \
    -c 'CREATE ROLE tocsin_test LOGIN CREATEDB' \
    -c 'GRANT CREATE ON DATABASE postgres TO tocsin_test; GRANT CREATE ON SCHEMA public TO tocsin_test' postgres
  export TOCSIN_TEST_PG="postgres://tocsin_test@127.0.0.1:$port/postgres?sslmode=disable"
}

start_moto() {
  local port i
  have moto_server || die "no moto_server: run scripts/setup.sh"
  port=$(free_port)
  moto_server -H 127.0.0.1 -p "$port" >"$work/moto.log" 2>&1 &
  printf '%s\n' $! >"$work/moto.pid"
  for i in $(seq 1 150); do
    if (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      export TOCSIN_TEST_MOTO="http://127.0.0.1:$port"
      return
    fi
    kill -0 "$(cat "$work/moto.pid")" 2>/dev/null || break
    sleep 0.2
  done
  cat "$work/moto.log" >&2
  die "moto_server did not start"
}

# SIGINT asks PostgreSQL for a fast shutdown; the directory goes when the server has gone.
stop_services() {
  local file pid i
  for file in "$work/pg/postmaster.pid" "$work/moto.pid"; do
    [ -f "$file" ] || continue
    pid=$(head -n 1 "$file")
    case $file in */postmaster.pid) kill -INT "$pid" ;; *) kill "$pid" ;; esac 2>/dev/null || true
    for i in $(seq 1 100); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
    ! kill -0 "$pid" 2>/dev/null || kill -9 "$pid" || true
  done
  rm -rf "$work"
}
