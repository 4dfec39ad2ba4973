#!/usr/bin/env bash
# check-units.sh: every unit of Board/systemd as systemd-analyze sees it: verified, and exposed at most 2.0. Then which devices
# the daemon's unit opens, and that no other file of rules takes them away.
#
# The units are looked at in a root of their own, with the programs and users that the package brings.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

root=$(mktemp -d "${TMPDIR:-/tmp}/wattseal-units.XXXXXX")
trap 'rm -rf "$root"' EXIT
mkdir -p "$root"/{etc,usr/bin,usr/lib/systemd/system,usr/lib/wattseal}
ln -s usr/lib "$root/lib"
printf 'root:x:0:0:root:/root:/bin/sh\n' >"$root/etc/passwd"
printf 'root:x:0:\ndialout:x:20:\n' >"$root/etc/group"
for unit in /usr/lib/systemd/system/*.target /usr/lib/systemd/system/{-,system,init}.* /usr/lib/systemd/system/*.{slice,mount}; do
    if [ -f "$unit" ] && [ "$(basename "$unit")" != wattseal ]; then cp -P "$unit" "$root/usr/lib/systemd/system/"; fi
done
for program in usr/lib/wattseal/wattseal-launcher usr/bin/systemctl; do
    printf '#!/bin/sh\n' >"$root/$program"
    chmod +x "$root/$program"
done
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

# The names that the kernel's drivers have in /proc/devices.
patterns=$(sed -n 's/^DeviceAllow=char-\([^ ]*\) rw$/\1/p' Board/systemd/wattseald.service)
# opened NAME: whether the daemon may open such a device.
opened() {
    local pattern
    for pattern in $patterns; do
        # As systemd compares them: a pattern, not a text.
        # shellcheck disable=SC2053
        if [[ $1 == $pattern ]]; then return 0; fi
    done
    return 1
}
LC_ALL=C
set -f
for name in gpiochip iio ttyS ttyAMA ttySC ttySTM ttyLP ttymxc ttyO ttyUSB ttyACM ttyGS ttyMSM ttyTHS ttyPS ttySAC ttyRPMSG; do
    opened "$name" || { echo "wattseald.service: devices of $name stay closed to it" && failed=1; }
done
for name in mem misc tty /dev/tty /dev/console /dev/ptmx pts ttyprintk hidraw watchdog tpm; do
    if opened "$name"; then echo "wattseald.service: devices of $name are open to it" && failed=1; fi
done
set +f

# A file that sorts after ours may say otherwise of the same device, and only := is not overruled (try-inside.sh shows it).
if grep -nE '(OWNER|GROUP|MODE)\+?="' Board/udev/*; then
    echo "Board/udev: expected OWNER, GROUP and MODE to be assigned by :="
    failed=1
fi
if udevadm --help 2>/dev/null | grep -q '^ *verify '; then
    udevadm verify --resolve-names=never --no-summary "$PWD"/Board/udev/* || failed=1
fi
exit "$failed"
