#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# plain.sh: a plain Nginx, as the distribution installs it. state.sh tells everything that the role could change.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
apt-get -qq install --no-install-recommends nginx >/dev/null
cat >/root/state.sh <<'STATE'
#!/bin/sh
find /etc /usr/share/nginx /var/lib/alicloud.mtls /srv /var/www -printf '%p %m %u:%g %l\n' -type f -exec sha256sum {} + 2>/dev/null |
  grep -v '^/etc/mtab' | sort
STATE
chmod 755 /root/state.sh
/root/state.sh >/root/before
