# SPDX-License-Identifier: GPL-3.0-or-later
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
COLLECTION := .cache/collections/ansible_collections/alicloud/mtls

.PHONY: venv
venv: .venv/.stamp $(COLLECTION)

.venv/.stamp: requirements.txt requirements-dev.txt sandbox/pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet -r requirements.txt -r requirements-dev.txt -e sandbox
	touch $@

# The checkout itself, under the name by which Ansible and Python find it.
$(COLLECTION):
	mkdir -p $(dir $@)
	ln -sfn $(CURDIR) $@
