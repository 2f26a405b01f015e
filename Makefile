# Each target does its own set-up. `make demo` and `make test` need Python, git and make, and nothing else.
.PHONY: demo test lint fmt types bench nallely clean

BIN = .venv/bin
CODE = nallely_midibridge tests benchmarks
ARGS =

demo: .venv/run
	@$(BIN)/nallely-midibridge demo $(ARGS)

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

# Against the real Nallely: NALLELY_PYTHON=/path/to/a/python/that/has/it make nallely
nallely: .venv/test
	$(BIN)/python -m pytest -m nallely $(ARGS)

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis dist

.venv/run: pyproject.toml scripts/environment
	@scripts/environment
	@touch $@

.venv/test: pyproject.toml scripts/environment
	@scripts/environment test
	@touch $@ .venv/run

.venv/dev: pyproject.toml scripts/environment
	@scripts/environment dev
	@touch $@ .venv/run .venv/test
