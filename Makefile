# JiSi: every target works on a machine with Python 3.11 or newer and make, and nothing else.
PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv
UV_VERSION := 0.13.9
HELM_VERSION := v3.18.6
IMAGE_LOCK := $(UV) pip compile --quiet --python-version 3.11 --universal --constraint requirements.lock \
	--generate-hashes --no-annotate --no-header
# A fifth of the time of all that use servers, spent on training and replaying.
NOT_ABOUT_SERVERS := $(foreach name,selector replay,--ignore tests/integration/cli/test_$(name).py)

.DEFAULT_GOAL := help
.PHONY: help setup demo up test test-containers test-chart helm test-extras replay benchmarks measure-local image-locks clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 18

setup: .venv/.installed ## make .venv with the jisi command

demo: setup ## start everything with a real small model, ask three questions, then yours, show why, end
	$(BIN)/jisi demo

up: setup ## start everything with the simulated pool, until Ctrl-C
	$(BIN)/jisi up

test: .venv/.installed-dev ## set up and pass all tests, on real embedded Kafka and Postgres
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-logo
	$(BIN)/mypy
	$(BIN)/pytest

test-containers: .venv/.installed-dev ## test servers, images and Compose as containers (needs Docker)
	$(BIN)/pytest --servers=containers tests/integration tests/e2e $(NOT_ABOUT_SERVERS)
	$(BIN)/pytest --servers=containers tests/containers

test-chart: .venv/.installed-dev helm ## render the Helm chart and check what it becomes (needs Go, which also builds Helm)
	JISI_REQUIRE_HELM=1 $(BIN)/pytest tests/charts

helm: .venv/.installed-dev
	@tools="$$($(BIN)/python -c 'from jisi.artefacts.cache import cache_folder; print(cache_folder() / "tools")')"; \
	if command -v helm >/dev/null || [ -x "$$tools/helm" ]; then exit 0; fi; \
	command -v go >/dev/null || { echo "The chart is rendered by Helm 3: put helm on PATH, or Go, by which it is built."; exit 2; }; \
	echo "building Helm $(HELM_VERSION) into $$tools, some minutes"; \
	GOBIN="$$tools" go install helm.sh/helm/v3/cmd/helm@$(HELM_VERSION)

test-extras: setup ## compare the default embedder with sentence-transformers (installs 5.5 GB apart)
	$(BIN)/python -m tests.extras

replay: setup ## replay recorded data: make replay FAMILY=folder [REPORT=file.json]
	@test -n "$(FAMILY)" || { echo "Say which family: make replay FAMILY=../shared/data/zeroeval [REPORT=file.json]"; exit 2; }
	$(BIN)/jisi replay "$(FAMILY)" $(if $(REPORT),--report "$(REPORT)")

benchmarks: setup ## measure speed and memory, as ratios in one run
	$(BIN)/python -m benchmarks

measure-local: setup ## measure what JiSi gains with the real local model: make measure-local [REPORT=file.json]
	$(BIN)/python -m benchmarks.local_pool $(if $(REPORT),--json "$(REPORT)")

image-locks: setup ## pin what the images install, at the versions of requirements.lock
	$(IMAGE_LOCK) --output-file infra/docker/requirements-services.lock pyproject.toml
	$(IMAGE_LOCK) --output-file infra/docker/requirements-router.lock --extra embedder pyproject.toml
	echo hatchling | $(IMAGE_LOCK) --output-file infra/docker/requirements-build.lock -

clean: ## remove the environments and caches of this folder
	rm -rf .venv .venv-extras .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

.venv/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "JiSi needs Python 3.11 or newer: make PYTHON=python3.12 ..."; exit 2; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@touch $@

.venv/.installed: .venv/.python requirements.lock pyproject.toml
	$(UV) pip install --quiet --python $(BIN)/python --requirement requirements.lock
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

.venv/.installed-dev: .venv/.installed requirements-dev.lock
	$(UV) pip install --quiet --python $(BIN)/python --requirement requirements-dev.lock
	@touch $@
