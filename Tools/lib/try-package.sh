#!/usr/bin/env bash
# try-package.sh (Tools/package --try): the Debian package in a clean Debian root, first without a running system, then
# booted: what try-inside.sh does there.
set -euo pipefail
# shellcheck source=environment.sh
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
cd "$repository"

[ "$(id -u)" -eq 0 ] || die "it takes root: chroot, and a booted container"
cache=$repository/.build-package
mkdir -p "$cache"
suite=bookworm
install_packages mmdebstrap systemd-container || die "the try needs these packages"
require_swift
build_static wattseald wattseal wattseal-launcher service-station plant platform-node

# The base of a device, as Debian ships it, and what the ledger node beside it needs; made once a month at most.
base=$cache/base-$suite.tar
if [ -z "$(find "$base" -mtime -30 2>/dev/null)" ]; then
    say "making $base"
    mmdebstrap --quiet --variant=minbase --include=systemd,systemd-sysv,udev,dbus,procps,util-linux,libsqlite3-0 "$suite" \
        "${base%.tar}.new.tar" http://deb.debian.org/debian >&2
    mv "${base%.tar}.new.tar" "$base"
fi

first=$(Tools/package --no-build --release 0.0.1 --counter 3)
second=$(Tools/package --no-build --release 0.0.2 --counter 4)

work=$(mktemp -d "${TMPDIR:-/tmp}/wattseal-try.XXXXXX")
trap 'rm -rf --one-file-system "$work"' EXIT
root=$work/root
mkdir "$root"
tar -C "$root" -xf "$base"
mkdir -p "$root/try"
cp "$first" "$root/try/first.deb"
cp "$second" "$root/try/second.deb"
cp "$static_binaries"/{plant,platform-node} Tools/lib/try-inside.sh "$root/try/"

# Without a running system: what a maker does who builds an image.
nspawn() { systemd-nspawn --quiet --directory "$root" --register=no --keep-unit --console=pipe "$@" </dev/null; }
say "installing in a root that does not run"
nspawn --resolv-conf=replace-host bash -c 'apt-get -qq update && apt-get -qq install -y --no-install-recommends /try/first.deb' >&2
check() {
    local what=$1
    shift
    "$@" >/dev/null || die "not so: $what"
    say "ok: $what"
}
slot=$(nspawn /usr/lib/wattseal/wattseal-launcher show)
check "the first slot is filled and verifies ($slot)" [ "${slot//$'\r'/}" = "slot a, 0.0.1" ]
for unit in wattseal-signer.service wattseal-updater.service wattseald.service wattseal-restart.path; do
    check "$unit is enabled" test -L "$root/etc/systemd/system/multi-user.target.wants/$unit"
done
check "the users are made" grep -q '^wattseal-signer:' "$root/etc/passwd"
check "slots and boot record are root's alone to write" \
    [ "$(stat --format=%U:%a "$root/var/lib/wattseal-slots" "$root/var/lib/wattseal-slots/boot" | tr '\n' ' ')" = "root:755 root:644 " ]
check "nothing is left of a bundle that failed" [ ! -e "$root/var/lib/wattseal-slots/boot.new" ]

# Booted.
cat >"$root/etc/systemd/system/try.service" <<'UNIT'
[Unit]
After=multi-user.target
[Service]
Type=oneshot
ExecStart=/bin/bash /try/try-inside.sh
StandardOutput=file:/try/log
StandardError=inherit
ExecStopPost=/bin/systemctl --no-block poweroff
TimeoutStartSec=400
[Install]
WantedBy=default.target
UNIT
nspawn systemctl --quiet enable try.service >&2
say "booting it"
timeout 420 systemd-nspawn --quiet --directory "$root" --register=no --keep-unit --console=pipe --boot --private-network \
    --capability=CAP_SYS_NICE,CAP_IPC_LOCK,CAP_SYS_PTRACE --system-call-filter='@memlock @resources' </dev/null >"$work/console" 2>&1 || true
sed 's/^/try: /' "$root/try/log" >&2 || true
if ! grep -qx 'all tried' "$root/try/log"; then
    tail -n 20 "$work/console" >&2
    die "the try failed"
fi
say "$(grep -c '^ok: ' "$root/try/log") things hold in the booted root"
