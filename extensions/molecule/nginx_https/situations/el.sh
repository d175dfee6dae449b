#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# el.sh: makes the Debian host one like Alibaba Cloud Linux 3, as far as the role can see: os-release, dnf with a repository
# of its own, Nginx from an RPM with the paths of the EL family, dnf's bindings for the system's Python only, and that one too
# old for Ansible. The programs in the packages are Debian's.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
apt-get -qq install --no-install-recommends createrepo-c dnf rpm >/dev/null
# The libraries of Nginx, which no RPM has here.
mapfile -t libraries < <(apt-get install --simulate --no-install-recommends nginx | sed -n 's/^Inst \(lib[^ ]*\) .*/\1/p')
[[ ${#libraries[@]} -eq 0 ]] || apt-get -qq install --no-install-recommends "${libraries[@]}" >/dev/null

work=$(mktemp -d)
cd "$work"
apt-get -qq download nginx nginx-common
for package in *.deb; do dpkg-deb --extract "$package" root; done
python=$(readlink -f /usr/bin/python3)

# Below /usr/share/testpage lies the page of the distribution, and Nginx's own is a link to it.
tree=$work/tree
mkdir -p "$tree"/{etc/nginx/{conf.d,default.d},usr/{sbin,bin,share/{nginx/html,testpage}},usr/lib/systemd/system,var/log/nginx,var/lib/nginx}
install -m 755 root/usr/sbin/nginx "$tree/usr/sbin/nginx"
install -m 644 root/etc/nginx/mime.types "$tree/etc/nginx/mime.types"
ln -s ../../testpage/index.html "$tree/usr/share/nginx/html/index.html"
echo '<title>Test Page for the HTTP Server</title>' >"$tree/usr/share/testpage/index.html"
cat >"$tree/etc/nginx/nginx.conf" <<'CONF'
user nginx;
worker_processes auto;
error_log /var/log/nginx/error.log;
pid /run/nginx.pid;
events { worker_connections 1024; }
http {
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    access_log /var/log/nginx/access.log;
    include /etc/nginx/conf.d/*.conf;
    server {
        listen 80;
        server_name _;
        root /usr/share/nginx/html;
        include /etc/nginx/default.d/*.conf;
    }
}
CONF
cat >"$tree/usr/lib/systemd/system/nginx.service" <<'UNIT'
[Service]
Type=forking
PIDFile=/run/nginx.pid
ExecStartPre=/usr/bin/rm -f /run/nginx.pid
ExecStartPre=/usr/sbin/nginx -t
ExecStart=/usr/sbin/nginx
ExecReload=/usr/sbin/nginx -s reload
[Install]
WantedBy=multi-user.target
UNIT
cat >nginx.spec <<SPEC
Name: nginx
Version: 1.20.1
Release: 1
Summary: Nginx
License: BSD
AutoReqProv: no
Provides: /bin/sh
%description
Nginx.
%pre
id nginx >/dev/null 2>&1 || useradd --system --home-dir /var/lib/nginx --shell /usr/sbin/nologin nginx
%post
systemctl daemon-reload
%files
$(find "$tree" \( -type f -o -type l \) -printf '/%P\n')
%dir /etc/nginx/conf.d
%dir /etc/nginx/default.d
%dir /var/lib/nginx
%dir /var/log/nginx
SPEC
cat >python3.11.spec <<SPEC
Name: python3.11
Version: 3.11.1
Release: 1
Summary: Python
License: PSF
AutoReqProv: no
%description
Python, without dnf's bindings.
%files
/usr/bin/python3.11
SPEC
mkdir -p other/usr/bin
install -m 755 "$python" other/usr/bin/python3.11
for name in nginx python3.11; do
  root=$tree
  [[ $name = nginx ]] || root=$work/other
  rpmbuild -bb --quiet --define "_topdir $work/rpm" --define '_build_id_links none' --define "_buildrootdir $work/none" \
    --define '__os_install_post %{nil}' --define 'debug_package %{nil}' --define '__spec_install_pre %{nil}' \
    --buildroot "$root" "$name.spec" --noclean
done
mkdir -p /srv/repository
find rpm/RPMS -name '*.rpm' -exec cp {} /srv/repository/ \;
createrepo_c --quiet /srv/repository
mkdir -p /etc/yum.repos.d
printf '[local]\nname=local\nbaseurl=file:///srv/repository\ngpgcheck=0\n' >/etc/yum.repos.d/local.repo

cat >/etc/os-release <<'OS'
NAME="Alibaba Cloud Linux"
VERSION="3 (OpenAnolis Edition)"
ID="alinux"
ID_LIKE="rhel fedora centos anolis"
VERSION_ID="3"
PLATFORM_ID="platform:al8"
PRETTY_NAME="Alibaba Cloud Linux 3 (OpenAnolis Edition)"
OS
echo 'Alibaba Cloud Linux release 3 (OpenAnolis Edition)' >/etc/redhat-release
rm -f /etc/debian_version

# The system's Python is dnf's, below /usr/libexec as in the EL family; the others would be found by Ansible, or are too old.
mkdir -p /usr/libexec /usr/lib/platform
mv "$python" /usr/libexec/python3.6
find /usr/lib/python3/dist-packages -maxdepth 1 \( -name 'dnf*' -o -name 'hawkey*' -o -name 'libdnf*' -o -name 'rpm*' \) \
  -exec mv -t /usr/lib/platform {} +
cat >/usr/libexec/platform-python <<'PYTHON'
#!/bin/sh
if [ "$1" = -c ]; then
  echo 'Python 3.6 is too old.' >&2
  exit 1
fi
PYTHONPATH=/usr/lib/platform exec /usr/libexec/python3.6 "$@"
PYTHON
printf '#!/bin/sh\necho "Python 3.6 is too old." >&2\nexit 1\n' >/usr/bin/python3.6
chmod 755 /usr/libexec/platform-python /usr/bin/python3.6
ln -sf python3.6 /usr/bin/python3
sed -i '1s,.*,#!/usr/libexec/platform-python,' "$(readlink -f /usr/bin/dnf)"
mkdir -p /opt/hidden
mv /usr/bin/apt* /usr/bin/dpkg /opt/hidden/
rm -rf "$work"
