# Each target does its own set-up. `make demo` and `make test` need Python, git and make, and nothing else.
.PHONY: help demo test lint fmt types bench soak nallely fuzz dist clean

BIN = .venv/bin
CODE = nallely_midibridge tests benchmarks
ARGS =
SECONDS = 60
.DEFAULT_GOAL = help

help:
	@echo "make demo | test | bench | soak | fuzz | lint | types | fmt | nallely | dist | clean      ARGS=... passes options on"

demo: .venv/run
	@$(BIN)/python -m nallely_midibridge demo $(ARGS)

test: .venv/test
	$(BIN)/python -m pytest $(ARGS)

lint: .venv/dev
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)

types: .venv/dev
	$(BIN)/mypy

fmt: .venv/dev
	$(BIN)/ruff check --fix $(CODE)
	$(BIN)/ruff format $(CODE)

bench: .venv/run
	$(BIN)/python -m benchmarks $(ARGS)

# Something goes wrong every few seconds, for SECONDS. With memory as the units have it, for it is judged.
soak: .venv/test
	MALLOC_MMAP_THRESHOLD_=131072 $(BIN)/python -m tests.soak $(SECONDS) $(ARGS)

# Against the real Nallely: NALLELY_PYTHON=/path/to/a/python/that/has/it make nallely
nallely: .venv/test
	$(BIN)/python -m pytest -m nallely $(ARGS)

# Random requests and random mapping files; SEED=N plays one failure again.
fuzz: .venv/test
	$(BIN)/python -m tests.fuzz --seconds $(SECONDS) $(if $(SEED),--seed $(SEED)) $(ARGS)

# A wheel and an sdist in dist/, and a look at whether they install and work in an environment of their own.
dist: .venv/dist
	rm -rf dist
	$(BIN)/python -m hatchling build -d dist
	PYTHON=$(BIN)/python scripts/try-package dist/*.whl dist/*.tar.gz

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis dist

# Another PYTHON than the one .venv was made with makes it anew.
ifdef PYTHON
.PHONY: .venv/run .venv/test .venv/dist .venv/dev
endif

.venv/run: pyproject.toml scripts/environment
	@scripts/environment
	@touch $@

.venv/test: pyproject.toml scripts/environment
	@scripts/environment test
	@touch $@ .venv/run

.venv/dist: pyproject.toml scripts/environment
	@scripts/environment dist
	@touch $@ .venv/run

.venv/dev: pyproject.toml scripts/environment
	@scripts/environment dev
	@touch $@ .venv/run .venv/test
