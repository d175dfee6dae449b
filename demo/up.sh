#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# make demo: sandbox, two hosts, site.yml, the verdict. Everything stays up until `make demo-down`.
set -euo pipefail
# shellcheck source=demo/common.sh
source "$(dirname "$0")/common.sh"

"$root/demo/infrastructure.sh"

# Way 1: the options are looked through for the source of the CA.
pki=$state/pki
clients=$pki
authority=(-e "mtls_verify_client_ca_certificate=$pki/root.crt" -e "mtls_verify_client_ca_private_key=$pki/root.key")
if [[ " $* " == *mtls_ca_source=private_ca* ]]; then
  step "A private CA: bought in the sandbox, enabled by pca_ca"
  play "$root/demo/private_ca.yml"
  clients=$pki/private-ca
  authority=(-e "mtls_verify_client_ca_certificate=$clients/ca.crt") # its key is at Alibaba Cloud
fi

step "The scenario: alicloud.mtls.site"
report=$state/report.html
started=$EPOCHSECONDS
# A verification that fails ends the script here. The report says why.
report_of_failure() {
  if (( $(stat -c %Y "$report" 2>/dev/null || echo 0) >= started )); then
    echo "Report         file://$report"
  fi
}
trap report_of_failure EXIT
play alicloud.mtls.site -e "mtls_verify_report_path=$report" "${authority[@]}" "$@"
trap - EXIT

step "Up after $SECONDS s"
address=$("$bin/python" - <<EOF
import dns.resolver
resolver = dns.resolver.Resolver(configure=False)
resolver.nameservers, resolver.port = ["127.0.0.1"], $dns_port
print(resolver.resolve("www.example.com", "A")[0])
EOF
)
cat <<EOF
https://www.example.com is answered by ECS01 and ECS02, behind $address (the load balancer's address in the sandbox).

Let in:
  curl --resolve www.example.com:443:$address --cacert $pki/server-ca/root.crt \\
    --cert $clients/client.chain.crt --key $clients/client.key https://www.example.com/
Refused:
  curl --resolve www.example.com:443:$address --cacert $pki/server-ca/root.crt https://www.example.com/

Certificates   $pki
For a browser  $clients/client.p12, its password in $state/pkcs12-passphrase.txt
Domain         dig @127.0.0.1 -p $dns_port www.example.com
Servers        ssh -i $state/hosts/id_ed25519 -o UserKnownHostsFile=$state/hosts/known_hosts root@<address in demo/inventory.yml>
Cloud          http://127.0.0.1:$port/_sandbox/ (status page)
               $bin/alicloud-sandbox requests --endpoint 127.0.0.1:$port
Report         file://$report
Again          make demo        (changes nothing)
Remove         make demo-down
EOF
