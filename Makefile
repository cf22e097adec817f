# Two commands: `make demo` and `make test`. Everything else is for those who work on the program.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
# A file of tests goes to one process as a whole; more than eight would mean more than eight PostgreSQL servers.
CORES := $(shell nproc 2>/dev/null || echo 2)

.PHONY: demo test check accuracy bench docs requirements clean

demo: $(VENV)/run.installed  ## Run both trials on simulated participants and show the pages
	$(BIN)/calcitrial demo $(ARGS)

test: $(VENV)/dev.installed  ## Every test, on SQLite and on PostgreSQL
	$(BIN)/python -m pytest -n $(CORES) --maxprocesses 8 --dist loadfile $(ARGS)

check: $(VENV)/dev.installed  ## Style, types, and the import order of the rooms
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

accuracy: $(VENV)/dev.installed  ## Long checks against known truth: small trials, and lesions of known size
	$(BIN)/python accuracy/all.py
	$(BIN)/python accuracy/inference.py
	$(BIN)/python -m pytest -m heavy -s $(ARGS)

bench: $(VENV)/dev.installed  ## Speed as ratios against peers in the same run
	$(BIN)/python bench/all.py $(ARGS)

docs: $(VENV)/dev.installed  ## Make the pictures and the list of commands anew
	$(BIN)/python docs/make.py

requirements: $(VENV)/dev.installed  ## Pin the parts anew, with hashes and without any address
	cd requirements && for kind in run dev; do \
	  extra=$$( [ $$kind = dev ] && echo "--extra dev" ); \
	  ../$(BIN)/pip-compile -q --generate-hashes --no-emit-index-url --no-emit-trusted-host --no-emit-find-links \
	    --strip-extras --allow-unsafe --no-header $$extra -o $$kind.txt ../pyproject.toml; done

clean:  ## Remove what was installed and made
	rm -rf $(VENV) calcitrial-home build dist

$(BIN)/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; $(PYTHON) is older. Install python3.11, or say make PYTHON=…"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); $(PYTHON) -m virtualenv $(VENV); } || \
	  { echo "Python has no venv here; on Debian: apt-get install python3-venv"; exit 1; }

$(VENV)/build.installed: $(BIN)/pip requirements/build.txt pyproject.toml
	@echo "Installing calcitrial into $(VENV) (a minute or two, once) …"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/build.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@

$(VENV)/run.installed: $(VENV)/build.installed requirements/run.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
	@echo "Compiling the loops that measure (half a minute, once) …"
	@$(BIN)/python -m calcitrial.warm
	@touch $@

$(VENV)/dev.installed: $(VENV)/build.installed requirements/dev.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@ $(VENV)/run.installed
