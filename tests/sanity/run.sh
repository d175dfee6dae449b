#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# run.sh [OPTION...]: ansible-test sanity on what would be shipped. ansible-test wants a real directory
# .../ansible_collections/alicloud/mtls, so it gets a copy; its own files are kept between runs.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$root/.cache/sanity
copy=$work/ansible_collections/alicloud/mtls
home=$work/home
mkdir -p "$home/.ansible/test/cache"
git init --quiet "$copy" # otherwise ansible-test asks the repository around it, which ignores this directory

(cd "$root" && git ls-files -z --cached --others --exclude-standard -- . ':!sandbox' ':!demo' ':!examples' ':!.[!g]*' |
  tar --create --null --ignore-failed-read --warning=no-failed-read --files-from=-) | tar --extract --directory="$copy"
# What is gone here must go there as well.
(cd "$copy" && find . -path ./.git -prune -o -path ./tests/output -prune -o -type f -printf '%P\n') |
  while read -r file; do [[ -e $root/$file ]] || rm -f "$copy/$file"; done

# ansible-test downloads get-pip.py for each of its ten virtual environments, and with it the pip of a certain version;
# the pip that Python brings along does as well.
ansible_test=$("$root/.venv/bin/python" -c 'import ansible_test; print(ansible_test.__path__[0])')
version=$(sed -n "s/^ *pip='\([0-9.]*\)',$/\1/p" "$ansible_test/_internal/python_requirements.py" | tail -n 1)
cat >"$home/.ansible/test/cache/get_pip_${version//./_}.py" <<'PY'
import subprocess
import sys

subprocess.check_call([sys.executable, "-m", "ensurepip"])
PY

cd "$copy"
export PIP_NO_COMPILE=1 HOME=$home PATH=$root/.venv/bin:$PATH
python=$("$root/.venv/bin/python" -c 'import sys; print("{}.{}".format(*sys.version_info))')
# The changelog is looked at by antsibull-changelog, in `make lint`.
exec ansible-test sanity --venv --color yes --python "$python" --skip-test changelog "$@"
