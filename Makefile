# What a newcomer needs: `make demo`, `make test`, `make up`, `make bench`. Each sets itself up first.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: setup demo test road browser up bench check clean
setup: .venv/ready

# The lock names every package with its hash, so nothing is resolved here and nothing unknown is installed.
.venv/ready: requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

demo: setup
	$(BIN)/doorstep demo --out demo

# The tests of the pages need a real browser: the system's own, installed where we may.
browser:
	@command -v chromium >/dev/null || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && apt-get update -qq && \
		DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium fonts-noto-core >/dev/null; } || \
		echo "There is no Chromium here and it cannot be installed: the tests of the pages are left out. Install the package chromium."

# Thousands of small databases, each of which waits for its disk: where there is room in memory, they live there.
MEMORY := $(shell test "$$(df --output=avail /dev/shm 2>/dev/null | tail -1)" -gt 4000000 2>/dev/null && echo /dev/shm)

# Compiled tests are kept, also where Python was told to keep nothing; three workers fill two cores, for some wait for other
# programs; so polars needs no threads.
TESTED = TMPDIR=$(MEMORY) PYTHONDONTWRITEBYTECODE= POLARS_MAX_THREADS=1 $(BIN)/python -m pytest -n 3 --dist loadgroup \
	--no-loadscope-reorder

test: setup browser
	$(BIN)/ruff check .
	$(TESTED)

# The road alone, from the schedule to the KPIs: without real providers, PostgreSQL, pages and the conversation.
road: setup
	$(TESTED) $(addprefix --ignore=tests/,proof postgres browser web desk inbox conversation staff booking channels stubs)

up: setup
	$(BIN)/doorstep up

bench: setup
	$(BIN)/python -m bench

check: setup
	$(BIN)/doorstep check

lock:
	$(PYTHON) -m venv .venv && $(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-strip-extras \
		--no-header --no-emit-package doorstep --quiet requirements.in -o requirements.lock

clean:
	rm -rf .venv demo
