#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Prepares the scenario: starts the sandbox and two hosts, and registers the hosts with the sandbox.
set -euo pipefail
# shellcheck source=demo/common.sh
source "$(dirname "$0")/common.sh"

secret pkcs12-passphrase.txt >/dev/null # the password of client.p12: the .txt file of row S12

step "Sandbox: a local Alibaba Cloud"
if pid=$(sandbox_pid); then
  echo "running (process $pid)"
else
  rm -f "$state/sandbox.json"
  ALICLOUD_SANDBOX_ACCESS_KEY_ID=demo ALICLOUD_SANDBOX_ACCESS_KEY_SECRET=$(secret access-key-secret.txt) \
    setsid "$bin/alicloud-sandbox" serve --state-dir "$state/sandbox" --ready-file "$state/sandbox.json" \
      --port "$port" --dns-port "$dns_port" --strict --address-pool "$address_pool" >>"$state/sandbox.log" 2>&1 </dev/null &
  child=$!
  until [[ -s $state/sandbox.json ]]; do
    if ! kill -0 "$child" 2>/dev/null; then
      echo "The sandbox did not start. The end of $state/sandbox.log:" >&2
      tail -n 20 "$state/sandbox.log" >&2
      exit 1
    fi
    sleep 0.1
  done
  echo "started: $(cat "$state/sandbox.json")"
fi

step "Hosts: ECS01 and ECS02"
play "$root/extensions/molecule/default/create.yml" ${DEMO_IMAGE:+-e hosts_image="$DEMO_IMAGE"}
play "$root/demo/seed.yml"
