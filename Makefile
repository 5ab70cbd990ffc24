# Two targets do everything a newcomer needs: `make run` and `make test`.
# The recipes live in scripts/, so that each can be read and run by itself.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: run test check build bench prove lint fmt generate verify e2e dev shots help

run: ## Build what changed and start Tocsin on http://127.0.0.1:8080 (TOCSIN_ADDR, TOCSIN_DATA)
	@scripts/run.sh

test: ## Set up and run every test: unit, both databases, real services, browser, short proofs
	@scripts/setup.sh
	@scripts/with-services.sh scripts/test.sh

check: ## The quick gate: format, vet, staticcheck, architecture, unit tests on SQLite, web types and units
	@scripts/check.sh

build: ## bin/tocsin with the web UI embedded
	@scripts/build.sh

bench: ## Benchmarks beside their baselines; writes bench/results.json and a table
	@scripts/setup.sh
	@scripts/build.sh
	@scripts/with-services.sh go run ./test/load

prove: ## Fault harnesses, a row per promise (PROVE=long runs the full counts)
	@scripts/setup.sh
	@scripts/build.sh
	@scripts/with-services.sh scripts/prove.sh

lint: ## Every static check, and golangci-lint where it is installed
	@scripts/gates.sh all

fmt: ## Format the Go code
	@scripts/gates.sh fmt

generate: ## Make the generated files again: OpenAPI, its TypeScript types, docs/wire.md
	@scripts/generate.sh

verify: ## Fail when a generated file is stale
	@scripts/verify.sh

e2e: ## The browser suite against the real binary
	@scripts/setup.sh
	@scripts/build.sh
	@scripts/with-services.sh scripts/web.sh e2e

shots: ## Screenshots of each screen into docs/
	@scripts/setup.sh
	@scripts/build.sh
	@scripts/with-services.sh scripts/web.sh shots

dev: ## The server, and the web UI with hot reload beside it
	@scripts/dev.sh

help: ## This list
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
