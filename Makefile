# Each target makes what it needs, on a machine with Python >= 3.11 and nothing else;
# what reads JavaScript or TypeScript (node_modules) needs npm as well.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Trust what this machine trusts, as pip does.
UV := $(BIN)/uv --quiet --system-certs
INSTALLED := $(VENV)/.installed
NODE_MODULES := node_modules/.installed
PDARTS_PORT ?= 8000
PORT ?= $(PDARTS_PORT)

.PHONY: help install node_modules lock up demo test test-all costs fuzz attack audit coverage mutants chromium nginx npm_packages generate pictures check check-page bench soak clean

help:
	@echo "make up        the service on this machine (PORT=8000)"
	@echo "make demo      from real images to a tested network, through the service"
	@echo "make test      all but the costliest tests, most of them on one of the two databases"
	@echo "make test-all  the same on both, with slow tests, more kills and more made-up requests"
	@echo "make costs     what tests cost in processor time, by file and by test (TESTS=tests/store)"
	@echo "make fuzz      requests made up from the OpenAPI document (CASES=50000 SEED=1 TAGS=weights)"
	@echo "make attack    attacks on a service of this machine (DATABASE=sqlite REDIS=running ONLY=1)"
	@echo "make audit     known weaknesses of the dependencies (needs pypi.org)"
	@echo "make coverage  the tests of make test, and which lines they ran"
	@echo "make mutants   takes safeguards out, one at a time, and shows that tests notice"
	@echo "make check     lint, types (of the page's JavaScript, too), import rules"
	@echo "make generate  the client's types and the examples, after a change of a spec or an answer"
	@echo "make pictures  a real search, and the documentation's pictures of it"
	@echo "make bench     the benchmarks"
	@echo "make soak      jobs of all kinds under random faults (DATABASE=sqlite JOBS=100 FAULTS=300)"

install: $(INSTALLED)

$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "P-DARTS needs Python 3.11 or newer: make PYTHON=/path/to/python"; exit 1; }
	@echo "Installing into $(VENV): some gigabytes, about a minute where the network is fast."
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	awk '/^uv==/ {own = 1; print; next} own && /^ / {print; next} own {exit}' requirements.lock > $(VENV)/uv.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $(VENV)/uv.lock
	$(UV) pip sync --python $(BIN)/python --require-hashes requirements.lock
	$(UV) pip install --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@# Compiled here once: otherwise the first worker, interface and tests each compile the libraries.
	env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -c 'import api.main, worker.kinds.registry, worker.runner'
	@touch $(INSTALLED)

node_modules: $(NODE_MODULES)

$(NODE_MODULES): package.json package-lock.json
	@command -v npm >/dev/null \
		|| { echo "npm is missing: it brings TypeScript. Install Node.js 20 or newer (Debian: apt-get install npm)."; exit 1; }
	npm ci --no-audit --no-fund --loglevel=error
	@touch $(NODE_MODULES)

lock:
	$(UV) pip compile --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --all-extras pyproject.toml --output-file requirements.lock

up demo: export PDARTS_PORT := $(PORT)

up: install
	@$(BIN)/pdarts up

demo: install
	@$(BIN)/pdarts demo

# For two cores: a third of the time, tests wait.
TEST_PROCESSES ?= 3

test: install chromium nginx npm_packages
	$(BIN)/python -m pytest --numprocesses $(TEST_PROCESSES) --dist worksteal

# All that `make test` does once in place of often.
test-all: export TEST_EVERYTHING := 1
test-all: export TEST_EVERY_POINT := 1
test-all: export TEST_KILLS := 50
test-all: test

# One process, so that all that a test starts descends from it.
costs: install
	$(BIN)/python -m pytest --quiet -p tests.support.costs $(or $(TESTS),tests)

fuzz: install
	$(BIN)/python -m tests.fuzz --cases $(or $(CASES),50000) --seed $(or $(SEED),1) $(if $(TAGS),--tags $(TAGS))

attack: DATABASE ?= sqlite
attack: REDIS ?= running
attack: ONLY ?=
attack: install
	$(BIN)/python -m tests.attacks --database $(DATABASE) --redis $(REDIS) $(if $(ONLY),--only $(ONLY))

# Needs pypi.org itself: a mirror knows no advisories, and then this fails.
audit: install
	$(UV) tool run --from 'pip-audit>=2.10' pip-audit --requirement requirements.lock \
		--require-hashes --disable-pip --strict

coverage: install chromium nginx npm_packages
	$(BIN)/python -m pytest --numprocesses $(TEST_PROCESSES) --dist worksteal --cov --cov-report=term:skip-covered

mutants: install
	$(BIN)/python -m tests.mutants

# The page is tested in a real browser; where this cannot install one, those tests fail and say so.
chromium:
	@command -v chromium chromium-browser google-chrome >/dev/null \
		|| ! { test "$$(id -u)" = 0 && command -v apt-get >/dev/null; } \
		|| { apt-get -qq update && apt-get -qq install --yes --no-install-recommends chromium >/dev/null; } \
		|| echo "Chromium could not be installed: the tests of the page will fail."

# The reverse proxy's configuration is tested in a real nginx, likewise.
nginx:
	@command -v nginx >/dev/null || test -x /usr/sbin/nginx \
		|| ! { test "$$(id -u)" = 0 && command -v apt-get >/dev/null; } \
		|| { apt-get -qq update && apt-get -qq install --yes --no-install-recommends nginx-light >/dev/null; } \
		|| echo "nginx could not be installed: the tests of the proxy will fail."

# After a change of a spec or an answer: what is written from the service's own types and answers.
generate: install
	$(BIN)/python -m tests.generate_client_types
	$(BIN)/python -m tests.record_examples

# Clients that npm's packages generate are tested; where they are missing, those tests fail and say so.
npm_packages:
	@$(MAKE) --no-print-directory node_modules || echo "The tests of generated TypeScript will fail."

# A real search, and pictures of its pages; of a committed tree. For the documentation.
pictures: install chromium
	$(BIN)/python -m tests.take_pictures

check: install check-page
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The page's JavaScript, with the types of answers read off the interface's own document.
check-page: install $(NODE_MODULES)
	@mkdir -p build
	$(BIN)/python -c 'import json; from api.main import create_app; print(json.dumps(create_app().openapi()))' > build/openapi.json
	@node_modules/.bin/openapi-typescript build/openapi.json --output build/openapi.d.ts > /dev/null
	node_modules/.bin/tsc

bench: install
	$(BIN)/python -m benchmarks

soak: DATABASE ?= sqlite
soak: JOBS ?= 100
soak: FAULTS ?= 300
soak: MINUTES ?= 20
soak: SEED ?=
soak: install
	$(BIN)/python -m tests.soak --database $(DATABASE) --jobs $(JOBS) --faults $(FAULTS) \
		--minutes $(MINUTES) $(if $(SEED),--seed $(SEED))

clean:
	rm -rf $(VENV) node_modules build .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
