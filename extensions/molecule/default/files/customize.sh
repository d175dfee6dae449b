#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# customize.sh ROOT: what makes a minimal Debian system a host.
set -eu
cd "$1"

# No two hosts share a key: each makes its own at its first start.
rm -f etc/ssh/ssh_host_*
mkdir -p etc/systemd/system/ssh.service.d
cat >etc/systemd/system/ssh.service.d/host-key.conf <<'UNIT'
[Service]
ExecStartPre=
ExecStartPre=/bin/sh -c 'test -e "$0" || ssh-keygen -q -t ed25519 -N "" -f "$0"' /etc/ssh/ssh_host_ed25519_key
ExecStartPre=/usr/sbin/sshd -t
UNIT

# A host that is lost can be made again: packages need not be synced to the disk.
echo force-unsafe-io >etc/dpkg/dpkg.cfg.d/unsafe-io

# Nothing that would hold the lock of apt, or that waits for a terminal.
for unit in apt-daily.timer apt-daily-upgrade.timer console-getty.service getty.target; do
  ln -sf /dev/null "etc/systemd/system/$unit"
done
ln -sf /lib/systemd/system/multi-user.target etc/systemd/system/default.target
