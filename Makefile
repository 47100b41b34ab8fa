# Thin: each target is what one would type by hand. `make` alone lists them.

.DEFAULT_GOAL := help
.PHONY: help sync run test quick browser check lint format types rules sbom bench

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

help:
	@echo "make run      start Rungwise on http://127.0.0.1:8000 with a demo company (PORT=… for another port)"
	@echo "make test     run the tests (DATABASE_URL=… for another database than SQLite)"
	@echo "make quick    run those that take no time, in about a minute"
	@echo "make browser  run only the tests in a real browser"
	@echo "make bench    measure beside a floor and a peer (trials/speed/README.md)"
	@echo "make check    lint, formatting, templates, types, migrations, deployment settings, the shipped ladder"
	@echo "make format   lay out Python, templates and CSS as make check wants them"
	@echo "make sbom     list what the site consists of in build/sbom.cdx.json"

.uv/bin/uv:
	python3 -m venv .uv
	.uv/bin/pip install --quiet --disable-pip-version-check 'uv>=0.13,<1'

sync: $(filter .uv/%,$(UV))
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
