# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash disable=SC2034  # the variables are read by the scripts that source this file
# Paths, and how Ansible is called. Set the variables to run a second demo beside the first.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
bin=$root/.venv/bin
inventory=${DEMO_INVENTORY:-$root/demo/inventory.yml}
state=$(dirname "$inventory")/state
port=${DEMO_PORT:-9900}
dns_port=${DEMO_DNS_PORT:-9953}
address_pool=${DEMO_ADDRESS_POOL:-127.64.0.0/24}

export ANSIBLE_COLLECTIONS_PATH=${ANSIBLE_COLLECTIONS_PATH:-$root/.cache/collections}
export ANSIBLE_LOCALHOST_WARNING=false ANSIBLE_INVENTORY_UNPARSED_WARNING=false
export ANSIBLE_HOME=$state/ansible ANSIBLE_PIPELINING=true

step() { printf '\n\033[1m==> %s\033[0m\n' "$*"; }

# secret NAME: prints the secret of that name. It is generated once, and only its owner can read it.
secret() {
  [[ -s $state/$1 ]] || (
    umask 077
    mkdir -p "$state"
    "$bin/python" -c 'import secrets; print(secrets.token_urlsafe(18))' >"$state/$1"
  )
  cat "$state/$1"
}

# play PLAYBOOK [OPTION...]
play() {
  ALIBABA_CLOUD_ACCESS_KEY_ID=demo ALIBABA_CLOUD_ACCESS_KEY_SECRET=$(secret access-key-secret.txt) \
    "$bin/ansible-playbook" -i "$inventory" "${@:2}" "$1"
}

# sandbox_pid: prints the process id of the demo's sandbox, and fails when it does not run.
sandbox_pid() {
  local pid
  [[ -s $state/sandbox.json ]] || return 1
  pid=$(sed -n 's/.*"pid": *\([0-9]*\).*/\1/p' "$state/sandbox.json")
  [[ -n $pid ]] && grep -qa alicloud-sandbox "/proc/$pid/cmdline" 2>/dev/null && echo "$pid"
}
