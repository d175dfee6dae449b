#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# run.sh [SCENARIO...]: runs the scenarios (all of them) with the checkout's own tools, and leaves nothing behind but the image.
# After nginx_https, while its hosts are there, the scenario of the example project runs on one of them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
root=$PWD
state=$root/.cache/molecule

export PATH=$root/.venv/bin:$PATH ANSIBLE_HOME=$state/ansible ANSIBLE_COLLECTIONS_PATH=$root/.cache/collections
export PY_COLORS=0 ANSIBLE_FORCE_COLOR=0

clean() {
  ansible-playbook --inventory extensions/molecule/inventory.yml extensions/molecule/default/destroy.yml >"$state.log" 2>&1 ||
    { cat "$state.log" >&2; return 1; }
  rm -rf "$state" "$state.log"
}
clean
trap clean EXIT

for scenario in "${@:-nginx_https}"; do
  molecule test --scenario-name "$scenario" --destroy never
  if [[ $scenario = nginx_https ]]; then
    (cd examples/nginx && TEST_INVENTORY=$root/extensions/molecule/inventory.yml molecule test)
  fi
done
