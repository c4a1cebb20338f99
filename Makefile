# Shortcuts for plain commands. You need none of them to use the lab (`docker compose up`) or to test it
# (`go test ./...`).
.DEFAULT_GOAL := help
SHELL := bash

LINT := go tool -modfile=tools/golangci-lint.mod golangci-lint
ACTIONLINT := go tool -modfile=tools/actionlint.mod actionlint
VULN := go tool -modfile=tools/govulncheck.mod govulncheck

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z0-9-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

##@ The lab, in Docker

.PHONY: up
up: ## build and start it; returns when everything is ready (dashboard: http://localhost:3000)
	docker compose up --build -d --wait

.PHONY: logs
logs: ## follow service-a's lines
	docker compose logs -f --no-log-prefix service-a

.PHONY: down
down: ## stop it and remove its data
	docker compose down --volumes

##@ The code

.PHONY: build
build: ## bin/service-a and bin/service-b
	go build -trimpath -o bin/ ./service-a ./service-b

.PHONY: generate
generate: ## write the generated files: the dashboard's JSON
	go generate ./...

.PHONY: lint
lint: ## actionlint and golangci-lint (its first build takes minutes)
	$(ACTIONLINT)
	$(LINT) run ./...

.PHONY: vuln
vuln: ## known vulnerabilities in the code's dependencies; asks vuln.go.dev
	$(VULN) ./...

##@ Tests

.PHONY: test
test: ## everything that needs only Go
	go test ./...

.PHONY: race
race: ## the same under the race detector (needs a C compiler)
	go test -race ./...

# -count=1, because the test cache does not see the files outside that module.
.PHONY: promql
promql: ## check what panels, marks and rules show for known series, in Prometheus' own engine (first build: a minute)
	go -C prometheus/promqltest test -count=1 ./...

.PHONY: rules
rules: ## check Prometheus' configuration and the syntax of its rules with the promtool in its image
	docker compose run --rm --no-deps -T --entrypoint promtool prometheus check config /etc/prometheus/prometheus.yml

.PHONY: e2e
e2e: ## test the whole lab on this machine's container engine, even beside a running lab
	go test -tags e2e -count=1 -v -timeout 20m -parallel 3 ./deploy/e2e

.PHONY: faults
faults: ## break the lab under full load: kill, replace, pause, cut off, exhaust and fill, and count each request
	go test -tags e2e -count=1 -v -timeout 20m -run '^TestFaults$$' ./deploy/e2e

.PHONY: soak
soak: ## load the lab for 15 minutes, and check that nothing grows (CI: two minutes)
	go test -tags e2e -count=1 -v -timeout 30m -run '^TestSoak$$' ./deploy/e2e -args -soak 15m

.PHONY: top-parity
top-parity: ## run the lab under load, and compare the dashboard's CPU with top's
	go test -tags e2e -count=1 -v -timeout 20m -run '^TestLab$$/^the_same_figures_everywhere$$/^top_agrees$$' ./deploy/e2e

##@ Benchmarks (flags: go run ./deploy/bench a -h)

.PHONY: bench-a
bench-a: ## service-a beside wrk, hey, bombardier and fortio, in turn (needs wrk; builds the others)
	go run ./deploy/bench a

.PHONY: bench-b
bench-b: ## service-b beside a plain gin handler, in turn (needs wrk)
	go run ./deploy/bench b

.PHONY: bench-lab
bench-lab: ## both with the simulated model: QPS beside the predicted ceiling, CPU per request beside the model's
	go run ./deploy/bench lab

.PHONY: bench-memory
bench-memory: ## memory of service-a with 10 to 10,000 connections and over 10 million requests
	go run ./deploy/bench memory

##@ Everything

.PHONY: ci
ci: ## everything that CI checks
	.ci/run
