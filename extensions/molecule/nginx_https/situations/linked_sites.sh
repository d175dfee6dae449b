#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# linked_sites.sh: the directories of the sites and of the certificates, and one file, are links.
set -euo pipefail
mv /etc/nginx/conf.d /srv/sites
ln -s /srv/sites /etc/nginx/conf.d
mv /etc/pki/nginx /srv/pki
ln -s /srv/pki /etc/pki/nginx
mv /etc/nginx/mime.types /srv/mime.types
ln -s /srv/mime.types /etc/nginx/mime.types
nginx -t
