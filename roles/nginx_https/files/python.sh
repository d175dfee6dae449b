#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# python.sh: finds a Python that Ansible can use, 3.9 or newer, on a server where no module may run yet. The role writes two
# variables before it: `configured`, the interpreter of the inventory or nothing, and `install`, whether one may be installed.
# Prints "python=as configured", "python=none", or the path as in "python=/usr/bin/python3.11".

# Names that Ansible tries as well, and before an older one (INTERPRETER_PYTHON_FALLBACK of ansible-core 2.19 to 2.21).
known='python3.13 python3.12 python3.11 python3.10 python3.9 python3'
others='python3.14 /usr/libexec/platform-python'
# Packages by package manager. The README's table of platforms names the sources.
packages='dnf:python3.12 dnf:python3.11 dnf:python39 dnf:python3 yum:python3.12 yum:python3.11 yum:python39 yum:python3 apt-get:python3'

usable() {
  path=$(command -v "$1") && "$path" -c 'import sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null
}

report() {
  for name in "$@"; do
    if usable "$name"; then
      echo "python=$path"
      exit
    fi
  done
}

# shellcheck disable=SC2154
if [ -n "$configured" ]; then
  if usable "$configured"; then
    echo 'python=as configured'
    exit
  fi
else
  for name in $known; do
    if usable "$name"; then
      echo 'python=as configured'
      exit
    fi
  done
fi
# shellcheck disable=SC2086  # lists of names
report $known $others
# shellcheck disable=SC2154
if [ "$install" = no ]; then
  echo 'python=none'
  exit
fi
for each in $packages; do
  manager=${each%%:*}
  if command -v "$manager" >/dev/null && "$manager" -y install "${each#*:}"; then
    # shellcheck disable=SC2086
    report $known $others
  fi
done
echo 'No package with Python 3.9 or newer could be installed. Install one, and name it in ansible_python_interpreter.' >&2
exit 1
