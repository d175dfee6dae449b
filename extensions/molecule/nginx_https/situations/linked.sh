#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# linked.sh: Nginx's configuration is where its administrators keep it, and links lead there.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
apt-get -qq install --no-install-recommends nginx >/dev/null
mv /etc/nginx /srv/nginx
ln -s /srv/nginx /etc/nginx
mv /srv/nginx/nginx.conf /srv/nginx/main
ln -s main /srv/nginx/nginx.conf
ln -s .. /srv/nginx/conf.d/loop
sed -i 's,/etc/nginx/conf.d/,/srv/nginx/conf.d/,' /srv/nginx/main
nginx -t
