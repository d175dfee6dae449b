#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# packages.sh PROFILE...: installs the missing Debian packages of these profiles of bindep.txt.
set -euo pipefail
# shellcheck source=demo/common.sh
source "$(dirname "$0")/common.sh"

profiles=("$@")
docker info >/dev/null 2>&1 || profiles+=(podman)

mapfile -t missing < <("$bin/bindep" --brief --file "$root/bindep.txt" "${profiles[@]}" || true)
[[ ${#missing[@]} -gt 0 ]] || exit 0

if [[ $EUID -ne 0 ]]; then
  printf 'These packages are missing. Install them, or run this as root:\n\n  sudo apt-get install --no-install-recommends %s\n\n' "${missing[*]}" >&2
  exit 1
fi
step "Packages: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
apt-get update
# Do not start the services of packages (nginx on port 80) on this machine.
policy=/usr/sbin/policy-rc.d
if [[ ! -e $policy ]]; then
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
  trap 'rm -f "$policy"' EXIT
fi
apt-get install --yes --no-install-recommends "${missing[@]}"
