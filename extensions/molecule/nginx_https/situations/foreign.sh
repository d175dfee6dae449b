#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# foreign.sh: the server has a shop, which is the default server of port 443, and pages of its own.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
apt-get -qq install --no-install-recommends nginx >/dev/null
cat >/etc/nginx/conf.d/shop.conf <<'CONF'
server {
    listen 443 ssl default_server;
    server_name shop.example.net;
    ssl_certificate /etc/ssl/shop.crt;
    ssl_certificate_key /etc/ssl/shop.key;
    return 200 shop;
}
server {
    listen 8080;
    return 200 plain;
}
CONF
echo 'pages of the shop' >/usr/share/nginx/html/index.html
systemctl restart nginx
