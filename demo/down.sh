#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# make demo-down: removes everything that make demo started, and its state.
set -euo pipefail
# shellcheck source=demo/common.sh
source "$(dirname "$0")/common.sh"

step "Sandbox"
if pid=$(sandbox_pid); then
  kill "$pid"
  while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
  echo "stopped"
else
  echo "not running"
fi

step "Hosts"
play "$root/extensions/molecule/default/destroy.yml" "$@"

rm -rf "$state"
