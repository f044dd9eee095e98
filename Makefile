# Everything a newcomer types. Each target makes the virtual environment first; when it is there that takes no time.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN := .run
PREFIX ?= /opt/dedup
override PREFIX := $(abspath $(PREFIX))
ETC ?= /etc
READY := $(VENV)/.ready
DEV := $(VENV)/.ready-dev
PEERS := $(VENV)/.ready-bench

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: run test lint bench fuzz soak install clean
.DEFAULT_GOAL := run

$(READY): .ci/requirements.txt pyproject.toml $(wildcard dedup/kernel/csrc/*)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "dedup needs Python 3.11 or later; name one: make PYTHON=python3.12")'
	@echo "Setting up $(VENV); this takes a minute, once."
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --requirement .ci/requirements.txt
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV): $(READY) .ci/requirements-dev.txt
	@$(BIN)/python -m pip install --quiet --requirement .ci/requirements-dev.txt
	@touch $@

run: $(READY)
	@mkdir -p $(RUN) && rm -f $(RUN)/dedup.db $(RUN)/dedup.db-wal $(RUN)/dedup.db-shm
	@DEDUP_LOG_LEVEL=warning $(BIN)/dedup --database sqlite:///$(RUN)/dedup.db ingest examples/articles
	@DEDUP_LOG_LEVEL=warning $(BIN)/dedup --database sqlite:///$(RUN)/dedup.db once
	@DEDUP_LOG_LEVEL=warning $(BIN)/dedup --database sqlite:///$(RUN)/dedup.db stories
	@echo
	@echo "See more in SQL:"
	@echo "  sqlite3 -box $(RUN)/dedup.db 'SELECT story_id, article_count, text_count, publisher_count, headline FROM v_stories ORDER BY article_count DESC'"
	@echo "or ask why:"
	@echo "  $(BIN)/dedup --database sqlite:///$(RUN)/dedup.db story 1"

# A file of tests on each core, in the order of tests/conftest.py; PYTEST='-n 0 tests/text' is one part of them, one after the other.
test: $(DEV)
	@$(BIN)/python -m pytest -n logical --dist loadfile --no-loadscope-reorder $(PYTEST)

lint: $(DEV)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

$(PEERS): $(READY) .ci/requirements-bench.txt
	@$(BIN)/python -m pip install --quiet --requirement .ci/requirements-bench.txt
	@touch $@

bench: $(PEERS)
	@$(BIN)/python bench/run.py $(BENCH)

# Thousands of inputs for every parser; the result is written into bench/FUZZ.md.
fuzz: $(DEV)
	@$(BIN)/python -m tests.fuzz $(FUZZ)

# As that, then minutes of random faults, whose result is written into bench/SOAK.md.
soak: fuzz
	@$(BIN)/python -m tests.soak $(SOAK)

# A virtual environment in PREFIX and the files that systemd reads in ETC; the README says what to type next. The service
# reads both as a user of its own, whatever the umask is, and nothing that an earlier build left in build/ is installed.
# What its sandbox hides is refused, unless ETC is hidden as well: then the tree is made to be moved.
HIDDEN := /home/*|/root/*|/run/user/*|/tmp/*|/var/tmp/*
install:
	@etc=$$(realpath -m "$(ETC)"); prefix=$$(realpath -m "$(PREFIX)"); case "$$etc/" in $(HIDDEN)) ;; *) case "$$prefix/" in $(HIDDEN)) \
		echo "dedup.service sees neither homes nor /tmp and cannot start what is in $$prefix: make install PREFIX=/opt/dedup" >&2; \
		exit 1;; esac;; esac
	rm -rf build
	umask 022 && $(PYTHON) -m venv $(PREFIX)
	umask 022 && $(PREFIX)/bin/python -m pip install --quiet --constraint .ci/requirements.txt .
	install -d $(ETC)/dedup $(ETC)/systemd/system $(ETC)/sysusers.d $(ETC)/logrotate.d
	umask 022 && test -e $(ETC)/dedup/dedup.toml || \
		sed 's|sqlite:///dedup.db|sqlite:////var/lib/dedup/dedup.db|' config/dedup.toml > $(ETC)/dedup/dedup.toml
	umask 022 && for unit in dedup.service dedup-backup.service dedup-backup.timer; do \
		sed 's|/opt/dedup/|$(PREFIX)/|g' systemd/$$unit > $(ETC)/systemd/system/$$unit; done
	install -m 644 systemd/dedup.sysusers $(ETC)/sysusers.d/dedup.conf
	install -m 644 systemd/dedup.logrotate $(ETC)/logrotate.d/dedup
	@echo "Installed. Next: systemd-sysusers && systemctl daemon-reload && systemctl enable --now dedup dedup-backup.timer"
	@python=$$($(PYTHON) -c 'import os, sys; print(os.path.realpath(sys.executable))'); case "$$python" in \
		/root/*|/home/*) echo "But dedup.service sees no homes and cannot start $$python: make install PYTHON=/usr/bin/python3" >&2;; esac

clean:
	rm -rf $(VENV) $(RUN) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	rm -f dedup/kernel/*.so
