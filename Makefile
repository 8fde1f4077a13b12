# Needs Go (see go.mod) and the module proxy. Tests start a PostgreSQL: as root Debian's package is installed when it is missing. `make race`
# also needs a C compiler. Tests of the EventStoreDB protocol need Node.js 20 or later with npm, which installs the official client for them.

GO         ?= go
DATA       ?= ./punchledger-data
FUZZTIME   ?= 30s
TORTUREFOR ?= 10m
SEED       ?= 1
MUTANTS    ?= -n 300 -seed 1

LINT     := $(GO) run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
CONCURRENT := ./eventstore/... ./adapters/... ./projections/...

# The packages whose tests contain $(1), a basic regular expression (a parenthesis is written as a dot: make counts them).
with_tests = $$(grep -rl --include='*_test.go' -e '$(1)' . | xargs -n 1 dirname | sort -u)

# Installs a package of Debian, or says that it is needed.
install = { if [ "$$(id -u)" = 0 ]; then \
	apt-get install -qq -y --no-install-recommends $(1) || { apt-get update -qq && apt-get install -qq -y --no-install-recommends $(1); }; else \
	echo "Debian's package $(1) is needed: install it and try again" >&2; exit 1; fi; }

.DEFAULT_GOAL := help
.PHONY: help run build test check race lint fmt golden docs cases conformance fuzz torture bench mutants postgres node

# The official Node client of EventStoreDB reads along in a test.
node:
	@command -v npm >/dev/null || $(call install,nodejs npm)

# Tests and measurements start a PostgreSQL of their own.
postgres:
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null || $(call install,postgresql)

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  %-11s %s\n", $$1, $$2}' Makefile

run: build ## serve the sample company from DATA (./punchledger-data) on LISTEN (127.0.0.1:8088); it is written first where there is none
	@if [ ! -e "$(DATA)" ] || [ -e "$(DATA)/unfinished" ]; then \
		bin/punchledger demo --data "$(DATA)" > "$(DATA).tour" || { \
			echo "the sample company is not complete: try again" >&2; exit 1; }; \
	fi
	@if [ -e "$(DATA).tour" ]; then cat "$(DATA).tour"; fi
	bin/punchledger serve --data "$(DATA)" $(if $(LISTEN),--listen $(LISTEN))

build: ## build bin/punchledger
	$(GO) build -trimpath -o bin/punchledger ./cmd/punchledger

test: postgres node ## vet, lint and run all tests: unit, contract, golden, script
	$(GO) vet ./...
	$(LINT) run
	$(GO) test -timeout 60m ./...

check: test ## test, then make sure that generated files are what the code generates
	@if ! git rev-parse --git-dir >/dev/null 2>&1; then echo "no git tree: generated files are not compared"; exit 0; fi; \
	state() { git status --porcelain; git diff; }; \
	before=$$(state | cksum); \
	$(MAKE) --no-print-directory golden || exit 1; \
	if [ "$$before" != "$$(state | cksum)" ]; then \
		git status --short; git diff --stat; \
		echo "generated files were stale: look at the difference and commit it" >&2; exit 1; \
	fi

race: ## run the tests of the concurrent packages under the race detector (needs a C compiler)
	$(GO) test -race $(CONCURRENT)

lint: ## look for faults that the compiler does not see
	$(LINT) run

fmt: ## format all Go files
	$(LINT) fmt

golden: ## write golden files, schemas and generated docs anew; read the difference before committing it
	$(GO) test -count=1 $(call with_tests,flag.Bool."update") -update

docs: ## write docs/events.md and docs/openapi.yaml anew from the code
	$(GO) test -count=1 -run TestEventsDoc ./cmd/punchledger -update
	$(GO) test -count=1 -run TestOpenAPIDoc ./adapters/httpapi -update

cases: ## run the golden cases and show their counts; PUNCHLEDGER_CASES=DIR takes them from elsewhere, EMIT=DIR writes them as files and runs those too
	@out=$$(mktemp) && trap 'rm -f "$$out"' EXIT && $(if $(EMIT),PUNCHLEDGER_EMIT="$(abspath $(EMIT))") \
	$(GO) test -count=1 -v -run Cases $(call with_tests,^func Test[A-Za-z]*Cases.) >"$$out" 2>&1; code=$$?; \
	if [ $$code -eq 0 ]; then grep -e '^area:' -e 'cases:' -e '^ok' "$$out"; else cat "$$out"; fi; exit $$code

conformance: ## run the official EventStoreDB client's own tests against our server of its protocol, insecure, with TLS and on a cluster (docs/esdb.md)
	$(GO) run ./cmd/conformance

fuzz: ## let every fuzz test look for FUZZTIME (30s)
	@$(GO) test -list '^Fuzz' $(call with_tests,^func Fuzz) \
		| awk '/^Fuzz/ {n[++c] = $$1} /^ok/ {for (i = 1; i <= c; i++) print $$2, n[i]; c = 0}' \
		| while read -r package name; do \
			$(GO) test -run '^$$' -fuzz "^$$name\$$" -fuzztime "$(FUZZTIME)" "$$package" || exit 1; \
		done

bench: postgres ## measure beside anchors (docs/performance.md); BENCH="-only append" chooses rows, REPORT=FILE writes the table there
	$(GO) run ./cmd/bench $(if $(REPORT),-report $(REPORT)) $(BENCH)

torture: ## kill, break and damage ledgers for TORTUREFOR (10m) each; SEED (1) is printed and replays; strace is needed for failing calls
	@command -v strace >/dev/null || $(call install,strace)
	@out=$$(mktemp) && code=$$(mktemp) && trap 'rm -f "$$out" "$$code"' EXIT && \
	{ $(GO) test -count=1 -timeout 0 -v -run '^TestTorture' $(call with_tests,^func TestTorture) \
		-args -torture.for=$(TORTUREFOR) -torture.seed=$(SEED) 2>&1; echo $$? >"$$code"; } | tee "$$out" | \
		grep --line-buffered -e ', seed ' -e '^a full disk' -e '^faults of' -e '^strace' -e '^ok' -e '^FAIL' -e '^--- '; \
	if [ "$$(cat "$$code")" != 0 ]; then tail -n 200 "$$out"; fi; exit "$$(cat "$$code")"

mutants: ## change one token at a time: do the tests notice? MUTANTS="-n 300 -seed 1"; go on after an interruption, bin/mutants.jsonl
	$(GO) run ./cmd/mutants -resume bin/mutants.jsonl $(MUTANTS)
