#!/usr/bin/env bash
# check-units.sh: every unit of Board/systemd as systemd-analyze sees it: verified, and exposed at most 2.0.
#
# It is looked at in a root of its own, with the programs and users that the package brings.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

root=$(mktemp -d "${TMPDIR:-/tmp}/wattseal-units.XXXXXX")
trap 'rm -rf "$root"' EXIT
mkdir -p "$root"/{etc,usr/lib/systemd/system,usr/lib/wattseal}
ln -s usr/lib "$root/lib"
printf 'root:x:0:0:root:/root:/bin/sh\n' >"$root/etc/passwd"
printf 'root:x:0:\ndialout:x:20:\n' >"$root/etc/group"
for unit in /usr/lib/systemd/system/*.target /usr/lib/systemd/system/{-,system,init}.* /usr/lib/systemd/system/*.{slice,mount}; do
    if [ -f "$unit" ] && [ "$(basename "$unit")" != wattseal ]; then cp -P "$unit" "$root/usr/lib/systemd/system/"; fi
done
printf '#!/bin/sh\n' >"$root/usr/lib/wattseal/wattseal-launcher"
chmod +x "$root/usr/lib/wattseal/wattseal-launcher"
systemd-sysusers --root="$root" "$PWD/Board/sysusers.d/wattseal.conf"
cp Board/systemd/* "$root/usr/lib/systemd/system/"

failed=0
for unit in Board/systemd/*; do
    name=$(basename "$unit")
    words=$(systemd-analyze verify --root="$root" --man=no "$name" 2>&1) || failed=1
    if [ -n "$words" ]; then
        echo "$name: $words"
        failed=1
    fi
    if [[ $name == *.service ]]; then
        systemd-analyze security --no-pager --offline=true --root="$root" --threshold=20 "$name" | tail -n 1 || failed=1
    fi
done
exit "$failed"
