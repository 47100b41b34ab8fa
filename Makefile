# Thin: each target is what one would type by hand. `make` alone lists them.

.DEFAULT_GOAL := help
.PHONY: help interpreter sync run test quick browser check lint format types rules sbom bundle bench

# Python 3.13 may live in pyenv without being on the PATH; uv looks on the PATH only.
export PATH := $(PATH)$(addprefix :,$(lastword $(wildcard $(or $(PYENV_ROOT),$(HOME)/.pyenv)/versions/3.13*/bin)))
# Trust the certificates that this machine trusts: a company's proxy has an authority of its own.
export UV_SYSTEM_CERTS ?= 1

# uv from the PATH, else one of our own in .uv/.
UV := $(shell command -v uv 2>/dev/null)
ifeq ($(UV),)
UV := .uv/bin/uv
endif
PYTHON := .venv/bin/python
WANTED := $(shell cat .python-version)
# uv would fetch one from elsewhere, unasked.
export UV_PYTHON_DOWNLOADS ?= never

help:
	@echo "make run      start Rungwise on http://127.0.0.1:8000 with a demo company (PORT=… for another port)"
	@echo "make test     run the tests (DATABASE_URL=… for another database than SQLite)"
	@echo "make quick    run those that take no time, in about a minute"
	@echo "make browser  run only the tests in a real browser"
	@echo "make bench    measure beside a floor and a peer (trials/speed/README.md)"
	@echo "make check    lint, formatting, templates, types, migrations, deployment settings, the shipped ladder"
	@echo "make format   lay out Python, templates and CSS as make check wants them"
	@echo "make sbom     list what the site consists of in build/sbom.cdx.json"
	@echo "make bundle   pack all that a machine without internet needs into build/ (PLATFORM=aarch64 for ARM)"

# Making an environment for it takes twice as long as uv itself; only where Python has no pip outside of one, we do.
UV_PACKAGE := install --quiet --disable-pip-version-check 'uv>=0.13,<1'
.uv/bin/uv:
	@command -v python3 >/dev/null || { echo "$(NEEDED) there is no python3 here. $(TO_DO)" >&2; exit 1; }
	@python3 -m pip $(UV_PACKAGE) --target .uv --root-user-action=ignore 2>/dev/null \
		|| { python3 -m venv .uv && .uv/bin/pip $(UV_PACKAGE); } \
		|| { echo "uv could not be installed: install it, or python3-venv (Debian), and run make again." >&2; exit 1; }

# Said in one line, or uv would end in a page about all that it looked for.
NEEDED = Rungwise needs Python $(WANTED), and
TO_DO = Install it (Debian 13: apt-get install python3 python3-venv; elsewhere: uv python install $(WANTED)), and run make again.
interpreter: $(filter .uv/%,$(UV))
	@$(UV) python find --quiet $(WANTED) >/dev/null 2>&1 \
		|| { echo "$(NEEDED) this machine has $$(python3 --version 2>&1). $(TO_DO)" >&2; exit 1; }

sync: interpreter
	@$(UV) sync $(SYNC)

# Without the tools for development, and leaving them where they are.
run: SYNC := --quiet --no-dev --inexact
run: sync
	@PROFILE=local $(PYTHON) manage.py run_local

test: sync
	$(PYTHON) -m pytest -n auto --dist loadgroup

quick: sync
	$(PYTHON) -m pytest -n auto --dist loadgroup -q -m "not slow"

browser: sync
	$(PYTHON) -m pytest -m browser

check: lint types rules

# DATABASE=postgres for PostgreSQL; trials/speed/README.md says what the figures mean.
bench: sync
	$(PYTHON) -m trials.speed.run --database $(or $(DATABASE),sqlite) --peer --uv $(UV)

lint: sync
	$(PYTHON) -m ruff check
	$(PYTHON) -m ruff format --check
	.venv/bin/djangofmt --check templates
	find templates -name '*.html' -exec .venv/bin/djade --check {} +
	.venv/bin/oxfmt --check static/css

# djangofmt before djade, which names the blocks that have come to stand on several lines. djade fails when it changed
# a file, hence its second run.
format: sync
	$(PYTHON) -m ruff format
	.venv/bin/djangofmt templates
	find templates -name '*.html' -exec .venv/bin/djade {} + || find templates -name '*.html' -exec .venv/bin/djade --check {} +
	.venv/bin/oxfmt static/css

types: sync
	$(PYTHON) -m mypy

# Migrations match the models and let running code live, production settings are safe, licences are allowed, the shipped
# ladder is sound.
rules: sync
	DJANGO_SETTINGS_MODULE=tests.settings $(PYTHON) manage.py makemigrations --check --dry-run
	SECRET_KEY=$$($(PYTHON) -c 'import secrets; print(secrets.token_urlsafe(64))') ALLOWED_HOSTS=ladder.example.com \
		PROFILE=production $(PYTHON) manage.py check --deploy --fail-level WARNING
	$(PYTHON) -m trials.lint_migrations
	$(PYTHON) -m trials.licences --check
	DJANGO_SETTINGS_MODULE=tests.settings $(PYTHON) manage.py check_ladder fixtures/ladders/pm --strict

# What the running site consists of, as CycloneDX, for scanners.
sbom: sync
	mkdir -p build
	$(UV) export --quiet --locked --no-dev --format cyclonedx1.5 --preview-features sbom-export --output-file build/sbom.cdx.json
	@$(PYTHON) -c 'import json; print(len(json.load(open("build/sbom.cdx.json"))["components"]), "components in build/sbom.cdx.json")'

# The code of the commit, not of the folder; packages by pip, as uv downloads no wheels. Each is built for glibc of one of
# these versions or newer: Debian 12 has 2.36.
PLATFORM ?= $(shell uname -m)
BUNDLE = rungwise-$(shell sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)-$(shell git rev-parse --short HEAD)-$(PLATFORM)
GLIBC := manylinux_2_34 manylinux_2_31 manylinux_2_28 manylinux_2_27 manylinux_2_26 manylinux_2_24 manylinux_2_17 manylinux2014
WHEELS_FOR = $(GLIBC:%=--platform %_$(PLATFORM)) --implementation cp --python-version $(WANTED) --only-binary :all:
bundle: interpreter
	rm -rf build/bundle && mkdir -p build/bundle/$(BUNDLE)
	git archive HEAD | tar --extract --directory build/bundle/$(BUNDLE)
	$(UV) export --quiet --locked --no-dev --no-emit-project --project build/bundle/$(BUNDLE) --output-file build/bundle/$(BUNDLE)/requirements.txt
	$(UV) tool run pip download --quiet --require-hashes $(WHEELS_FOR) --dest build/bundle/$(BUNDLE)/wheels --requirement build/bundle/$(BUNDLE)/requirements.txt
	tar --create --gzip --owner=0 --group=0 --sort=name --directory build/bundle --file build/$(BUNDLE).tar.gz $(BUNDLE)
	cd build && sha256sum $(BUNDLE).tar.gz > $(BUNDLE).tar.gz.sha256
	@rm -r build/bundle && ls -lh build/$(BUNDLE).tar.gz
