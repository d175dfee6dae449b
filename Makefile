# SPDX-License-Identifier: GPL-3.0-or-later
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
CHECKOUT := .cache/collections/ansible_collections/alicloud/mtls
export PATH := $(CURDIR)/$(BIN):$(PATH)
export ANSIBLE_COLLECTIONS_PATH := $(CURDIR)/.cache/collections
# Tools of Ansible write below this directory and not into the home directory.
export ANSIBLE_HOME := $(CURDIR)/.cache/ansible

TOOLS = PYTHONPATH=$(CURDIR)/.cache/collections $(BIN)/python -m tools
PARAMETERS = $(TOOLS).parameters

# Packages: given as folders, the two called "tests" would be one.
TYPED = ansible_collections.alicloud.mtls.plugins tests tools alicloud_sandbox sandbox.tests

.PHONY: help demo demo-down test lint sanity unit integration molecule e2e bench docs build clean conformity packages venv tools

help: ## this list
	@sed -n 's/^\([a-z0-9-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16

demo: venv ## everything from nothing: sandbox, two hosts, site.yml, the verdict; stays up
	@demo/packages.sh demo
	@demo/up.sh $(if $(MTLS_CA_SOURCE),-e mtls_ca_source=$(MTLS_CA_SOURCE)) $(DEMO_OPTIONS)

demo-down: venv ## removes what demo started
	@demo/down.sh $(DEMO_DOWN_OPTIONS)

test: tools packages ## every check of the project
	@$(MAKE) --no-print-directory unit
	@$(MAKE) --no-print-directory --jobs 3 --output-sync=target lint sanity molecule .cache/sslyze/.stamp .cache/node/.stamp .cache/first-sdk/.stamp
	@$(MAKE) --no-print-directory integration e2e conformity
	@echo "All checks passed."

# Where a folder with the official API metadata is at hand, every request that the checks make is held against it, and
# so are the table of what the modules have and the error codes of the sandbox.
ifdef ALICLOUD_OPENAPI
export ALICLOUD_SANDBOX_REQUEST_LOG := $(CURDIR)/.cache/requests.jsonl
conformity: e2e
	$(PARAMETERS) --metadata $(ALICLOUD_OPENAPI)
	$(BIN)/python -m tools.codes $(ALICLOUD_OPENAPI)
	log=$(ALICLOUD_SANDBOX_REQUEST_LOG).done; mv $(ALICLOUD_SANDBOX_REQUEST_LOG) $$log && \
	  $(BIN)/python -m tools.openapi $$log $(ALICLOUD_OPENAPI)
else
conformity:
endif

lint: tools ## ruff, mypy, yamllint, ansible-lint, generated pages
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(addprefix -p ,$(TYPED))
	$(BIN)/yamllint --strict .
	$(BIN)/shellcheck --external-sources $$(git ls-files "*.sh") .ci/run
	$(BIN)/ansible-lint
	$(BIN)/antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs=all .
	$(BIN)/antsibull-changelog lint

sanity: tools ## ansible-test sanity, without an ignore entry
	tests/sanity/run.sh

unit: tools packages ## pure logic: the engines, and what others make of the certificates
	$(BIN)/pytest -n 2 $(PYTEST_OPTIONS) tests/unit

integration: tools packages .cache/sslyze/.stamp .cache/node/.stamp .cache/first-sdk/.stamp ## modules, roles and the sandbox, against real processes
	$(BIN)/pytest -n 4 --dist worksteal $(PYTEST_OPTIONS) sandbox/tests tests/integration

molecule: tools packages ## nginx_https on systemd hosts
	extensions/molecule/run.sh

e2e: tools packages ## the whole demo, from nothing to teardown
	$(BIN)/pytest -n 2 --dist loadfile $(PYTEST_OPTIONS) tests/e2e

bench: tools packages .cache/community/.stamp ## figures, each as a ratio to a floor in the same run
	PYTHONPATH=$(ANSIBLE_COLLECTIONS_PATH) $(BIN)/python -m tests.bench.run $(BENCH_OPTIONS)

docs: tools ## generated: the modules' parameters, RAM policies, the sandbox's coverage and assumptions
	$(BIN)/alicloud-sandbox coverage
	$(PARAMETERS)
	$(TOOLS).policies

build: tools ## the collection's artifact, in build/
	$(BIN)/ansible-galaxy collection build --force --output-path build

clean: ## removes everything that can be made again (stop the demo first)
	rm -rf .cache .venv build

packages: venv
	@demo/packages.sh demo test

# What the demo needs, and what the checks need beside it.
venv: .venv/.stamp $(CHECKOUT)
tools: venv .venv/.stamp-tools

PIP_INSTALL = $(BIN)/pip install --disable-pip-version-check
PIP_PROGRESS = { grep --line-buffered -E '^(Collecting|Installing|Successfully)' || true; }

.venv/.stamp: requirements.txt sandbox/pyproject.toml
	$(PYTHON) -m venv .venv
	set -o pipefail; $(PIP_INSTALL) --requirement requirements.txt --editable sandbox 'bindep>=2.13' | $(PIP_PROGRESS)
	touch $@

.venv/.stamp-tools: requirements-dev.txt .venv/.stamp
	set -o pipefail; $(PIP_INSTALL) --requirement requirements-dev.txt | $(PIP_PROGRESS)
	touch $@

# A witness for TLS policies. It wants an older cryptography than the collection is tested with, so it lives by itself.
.cache/sslyze/.stamp:
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/pip install --disable-pip-version-check --quiet 'sslyze>=6.3'
	touch $@

# Alibaba Cloud's clients for Node.js, for the tests of the sandbox, which leave them out where npm is not there.
.cache/node/.stamp: sandbox/tests/node/package.json
	mkdir -p $(@D)
	cp $< $(@D)
	if command -v npm >/dev/null; then npm install --prefix $(@D) --no-audit --no-fund --ignore-scripts --silent; fi
	touch $@

# The first release of ALB's SDK, for the same tests.
.cache/first-sdk/.stamp:
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/pip install --disable-pip-version-check --quiet 'alibabacloud-alb20200616==1.0.0'
	touch $@

# community.crypto, for comparison: the collections that PyPI's package brings along.
.cache/community/.stamp:
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/pip install --disable-pip-version-check --quiet ansible
	touch $@

# The checkout itself, under the name by which Ansible and Python find it.
$(CHECKOUT):
	mkdir -p $(dir $@)
	ln -sfn $(CURDIR) $@
