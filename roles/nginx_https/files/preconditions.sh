#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# preconditions.sh EXECUTABLE STAGE ROOT [OPTION PATH]...: looks at a server and changes nothing.
#
# Prints one fact per line: "installed" when EXECUTABLE exists, "staged" when an interrupted run of the role has left its
# directory STAGE, and "refused MESSAGE" for every PATH at which the role must not write its file, for ROOT when it can be no
# directory, and for a STAGE that the role has not made.
set -eu

refused() {
  echo "refused $*"
}

# Prints why PATH cannot be the full name of a file or a directory, or nothing.
name_problem() {
  case $1 in
    /*) ;;
    *) echo "is not an absolute path. Write it from the root directory on."; return ;;
  esac
  case $1/ in
    */../* | */./*) echo "has . or .. in it. Write the path without them." ;;
  esac
}

# Prints why PATH is no directory and cannot be made one, or nothing. A link to a directory is a directory.
directory_problem() {
  ancestor=$1
  while [ ! -e "$ancestor" ] && [ ! -L "$ancestor" ]; do
    ancestor=$(dirname "$ancestor")
  done
  if [ -d "$ancestor" ]; then
    :
  elif [ -L "$ancestor" ]; then
    echo "cannot be reached: $ancestor is a symbolic link to $(readlink "$ancestor"), which is no directory." \
      "Make that directory, or remove the link."
  else
    echo "cannot be reached: $ancestor is not a directory. Name another path."
  fi
}

# Prints why the role must not write a file of its own at PATH, or nothing.
file_problem() {
  case $1 in
    */) echo "names a directory. Name the file in it."; return ;;
  esac
  if [ -L "$1" ]; then
    echo "is a symbolic link to $(readlink "$1"). What it leads to may belong to another program, so neither the link nor" \
      "the file is replaced. Name a path of its own for this file, or remove the link."
  elif [ -d "$1" ]; then
    echo "is a directory. Name the file in it."
  elif [ -e "$1" ] && [ ! -f "$1" ]; then
    echo "is not a regular file. Name another path."
  else
    directory_problem "$(dirname "$1")"
  fi
}

# Prints what in STAGE shows that the role has not made it, or nothing. Names with a leading "tmp" or ".ansible_tmp" are
# those of files that Ansible was writing when a run was interrupted.
stage_problem() {
  if [ -L "$1" ] || [ ! -d "$1" ]; then
    echo "it is not a directory"
  elif [ "$(stat -c %u "$1")" != "$(id -u)" ] || [ "$(($(stat -c 0%a "$1") & 0777))" != "$((0700))" ]; then
    echo "its owner or mode ($(stat -c '%U, %a' "$1")) is not the role's"
  else
    find "$1" -mindepth 1 -maxdepth 1 ! -name certificate ! -name private_key ! -name configuration ! -name tested \
      ! -name files ! -name 'tmp*' ! -name '.ansible_tmp*' -printf 'it holds %f\n' -quit
  fi
}

executable=$1 stage=$2 root=$3
shift 3

if [ -e "$executable" ]; then
  echo installed
fi

if [ -e "$stage" ] || [ -L "$stage" ]; then
  problem=$(stage_problem "$stage")
  if [ -n "$problem" ]; then
    refused "$stage: the role keeps new files here until Nginx has read them, but something else is in this place ($problem)." \
      "Move it away."
  else
    echo staged
  fi
fi

problem=$(name_problem "$root")
[ -n "$problem" ] || problem=$(directory_problem "$root")
[ -z "$problem" ] || refused "nginx_https_root: $root $problem"

seen=:
while [ $# -gt 0 ]; do
  option=$1 path=$2
  shift 2
  problem=$(name_problem "$path")
  [ -n "$problem" ] || problem=$(file_problem "$path")
  if [ -z "$problem" ]; then
    file=$(realpath -m "$path")
    case $seen in
      *:"$file":*) problem="is the path of another of the role's files too. Name one path for each." ;;
    esac
    seen=$seen$file:
  fi
  [ -z "$problem" ] || refused "$option: $path $problem"
done
