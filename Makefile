# Everything works from a clean clone: each command first sets up what it needs, once.
.PHONY: run test check format bench rehearse setup lock audit clean

PYTHON_BIN := .venv/bin

# The whole product on embedded defaults, with the sandbox and demo data. PORT=5000 by default.
run: setup
	@exec $(PYTHON_BIN)/python bin/dev

# Every test, on both databases and in a real browser. ARGS="-k offers" narrows it down.
test: setup
	@$(PYTHON_BIN)/python bin/test.py $(ARGS)

# Format, lint, types, templates, import rules.
check: setup
	@$(PYTHON_BIN)/python bin/check.py

# Puts the code into the format that `make check` asks for.
format: setup
	$(PYTHON_BIN)/ruff check --fix --quiet .
	$(PYTHON_BIN)/ruff format --quiet .

# The benchmarks, as ratios against the floors measured in the same run.
bench: setup
	@PYTHONPATH=bin $(PYTHON_BIN)/python -m benchmarks $(ARGS)

# What a platform does with what was last committed: build, release, run, one journey, stop; prints sizes and times.
rehearse: setup
	@$(PYTHON_BIN)/python bin/rehearse

setup:
	@bin/setup

# Pins again what the .in files ask for, for every system and Python that we run on.
lock: setup
	$(PYTHON_BIN)/python -m pip install --quiet uv==0.13.9
	bin/lock $(PYTHON_BIN)/uv
	npm install --package-lock-only

# Known vulnerabilities of what production runs on.
audit: setup
	$(PYTHON_BIN)/python -m pip install --quiet pip-audit==2.10.1
	$(PYTHON_BIN)/pip-audit --require-hashes --disable-pip -r requirements.txt

clean:
	rm -rf .venv node_modules static/vendor .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
