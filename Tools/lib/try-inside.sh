#!/usr/bin/env bash
# try-inside.sh: runs in the booted root of try-package.sh, as root; ends with the line "all tried".
set -euo pipefail

say() { echo "$*"; }
die() {
    say "failed: $*"
    for unit in wattseal-signer wattseald; do
        journalctl --no-pager --boot --unit="$unit.service" --lines=40 2>&1 | cut -c1-300 | sed 's/^/    /' || true
    done
    exit 1
}
check() {
    local what=$1
    shift
    "$@" >/dev/null 2>&1 || die "$what"
    say "ok: $what"
}
# await SECONDS WHAT TEST…
await() {
    local end=$((SECONDS + $1)) what=$2
    shift 2
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt "$end" ] || die "$what: not within its time"
        sleep 0.5
    done
    say "ok: $what"
}
field() { sed -n "s/.*\\b$1=\\([^ ]*\\).*/\\1/p" <<<"$2"; }
property() { systemctl show --value --property="$1" "$2"; }
is() { [ "$(property "$1" "$2")" = "$3" ]; }
slots() { (cd /var/lib/wattseal-slots && find . -type f -exec sha256sum {} + | sort); }
status() { wattseal status --socket /run/wattseal/status.sock --json; }
starts() { property NRestarts wattseald.service; }
units=(wattseal-signer.service wattseal-updater.service wattseald.service wattseal-restart.path)
# starting WORD…: what systemctl says of each unit's start at boot.
starting() { [ "$(systemctl is-enabled "${units[@]}" 2>/dev/null | tr '\n' ' ')" = "$* " ]; }
# The device's own records, by the slot's program: it is there without the package, too.
records() { /var/lib/wattseal-slots/a/files/bin/wattseal records export --journal /var/lib/wattseal/journal --chain 0 -o "$1"; }
begins_with() { [ -s "$2" ] && cmp --bytes="$(stat --format=%s "$2")" "$1" "$2"; }
# What no process changes by itself: configuration and private keys, with whose they are.
kept() {
    find /etc/wattseal /var/lib/wattseal-signer -type f \( -path '/etc/*' -o -name '*.key' \) \
        -printf '%m %u:%g ' -exec sha256sum {} \; | sort
}
nothing_left() { [ -z "$(find /etc /usr /var/lib -name 'wattseal*' ! -path '/var/lib/dpkg/*')" ]; }

# --- a plant and a ledger, as units of their own --------------------------------------------------------------------
install -d -m 755 /try/run
systemd-run --quiet --unit=plant --property=StandardOutput=file:/try/run/plant.out \
    /try/plant --socket /try/run/plant.sock --control /try/run/plant.control --meter sdm630 --energy-factor 60 \
    --meter-tcp 127.0.0.1:0
systemd-run --quiet --unit=node --property=StandardOutput=file:/try/run/node.out \
    /try/platform-node standalone --home /try/run/node --rpc 127.0.0.1:0 --block-interval 500 --chain-id try
await 30 "a plant runs" grep '^ready ' /try/run/plant.out
await 30 "a ledger runs" grep '^ready ' /try/run/node.out
plant_line=$(grep '^ready ' /try/run/plant.out) node_line=$(grep '^ready ' /try/run/node.out)
chmod 666 /try/run/plant.sock
owner=$(/try/platform-node wallet new --key /try/run/owner.key)

# --- before and while it is commissioned ------------------------------------------------------------------------------
check "nothing runs before there is a configuration" is ActiveState wattseald.service inactive
check "everything is to start at boot" starting enabled enabled enabled enabled
commission() {
    wattseal-commission --product "Try" --serial 1 --owner "$owner" --maximum-ma 32000 --board simulated \
        --plant-socket /try/run/plant.sock --energy-factor 60 --meter eastron-sdm630 \
        --meter-tcp "$(field tcp "$plant_line")" --ledger "$(field rpc "$node_line")" --chain try \
        --trust-height "$(field height "$node_line")" --trust-hash "$(field hash "$node_line")" "$@"
}
# More than the board's 32 A, and within what a configuration may say at all.
if commission --maximum-ma 63000 >/try/run/refusal 2>&1; then die "a current beyond the board's was commissioned"; fi
check "a current beyond the board's is refused for that" grep -Ew '32000|32 A' /try/run/refusal
if commission --board gpio-bench >/try/run/refusal 2>&1; then die "a bench board was commissioned, which no unit starts"; fi
check "so is a board for the bench" grep -F 'bench = true; start wattseald with --bench' /try/run/refusal
check "a refused commissioning leaves nothing" [ ! -e /etc/wattseal/wattseald.toml ]
commission >/try/run/commission.out || die "commissioning: $(cat /try/run/commission.out)"
check "the keys are shown" grep -E '^ed25519 [0-9a-f]{64}$' /try/run/commission.out
if commission 2>/dev/null; then die "it was commissioned twice"; fi

# --- on the simulated board -----------------------------------------------------------------------------------------
check "the daemon said that it is ready" is ActiveState wattseald.service active
check "so did the signer" is ActiveState wattseal-signer.service active
check "and the updater" is ActiveState wattseal-updater.service active
await 30 "it signs and keeps records" bash -c 'wattseal records show --journal /var/lib/wattseal/journal | grep -q genesis'
await 30 "it reads its meter" bash -c 'wattseal status --socket /run/wattseal/status.sock --json | grep -q "\"energy_mwh\":[0-9]"'
pid=$(property MainPID wattseald.service) signer=$(property MainPID wattseal-signer.service)
check "the daemon is the slot's" [ "$(readlink "/proc/$pid/exe")" = /var/lib/wattseal-slots/a/files/bin/wattseald ]
check "it has its user, the signer another" \
    [ "$(stat --format=%U "/proc/$pid" "/proc/$signer" | tr '\n' ' ')" = "wattseal wattseal-signer " ]
check "no capability, no new privilege" \
    [ "$(grep -Ec '^(Cap(Inh|Prm|Eff|Bnd|Amb):\s0000000000000000|NoNewPrivs:\s1)$' "/proc/$pid/status")" = 6 ]
check "the daemon cannot read the keys" \
    bash -c '! setpriv --reuid=wattseal --regid=wattseal --clear-groups ls /var/lib/wattseal-signer'
check "nor change a slot" \
    bash -c '! setpriv --reuid=wattseal --regid=wattseal --clear-groups touch /var/lib/wattseal-slots/a/release'
check "whether the clock is synchronised can be asked" bash -c '! journalctl -b -u wattseald | grep -i adjtimex'


# --- real time ----------------------------------------------------------------------------------------------------------
# Whether PID 1 may raise limits is the machine's affair; a container's may not everywhere.
if [ "$(awk '/^Max realtime priority/ { print $4 }' "/proc/$pid/limits")" = 80 ]; then
    check "PID 1 gives the limits" [ "$(awk '/^Max locked memory/ { print $4 }' "/proc/$pid/limits")" = unlimited ]
else
    say "not shown: this machine's PID 1 may not raise limits; the daemon gets capabilities in their place"
    mkdir -p /run/systemd/system/wattseald.service.d
    printf '[Service]\nPrivateUsers=no\nCapabilityBoundingSet=CAP_SYS_NICE CAP_IPC_LOCK\nAmbientCapabilities=CAP_SYS_NICE CAP_IPC_LOCK\n' \
        >/run/systemd/system/wattseald.service.d/try.conf
    systemctl daemon-reload
    systemctl restart wattseald.service
fi
await 30 "it answers" status
pid=$(property MainPID wattseald.service)
thread=$(ps -L -o tid=,comm= -p "$pid" | awk '$2 == "control" { print $1 }')
check "its control thread is real-time, and no other is" \
    [ "$(ps -L -o cls=,rtprio=,comm= -p "$pid" | awk '$1 == "FF" { print $2, $3 }')" = "80 control" ]
check "its memory is locked" [ "$(awk '/^VmLck/ { print $2 }' "/proc/$pid/status")" -gt 1000 ]
status >/try/run/status
check "its status complains of neither" bash -c '! grep "real-time\|mlockall" /try/run/status'

# --- the watchdog -----------------------------------------------------------------------------------------------------
before=$(starts)
sleep 15
check "while the loop runs, the watchdog leaves it alone" [ "$(starts)" = "$before" ]
check "it is fed" [ -n "$(property WatchdogTimestamp wattseald.service)" ]
# PTRACE_SEIZE and PTRACE_INTERRUPT: this one thread stands still, all others go on. Waited for, so that its end is its end.
case $(uname -m) in x86_64) ptrace=101 ;; *) ptrace=117 ;; esac
perl -e "for (0x4206, 0x4207) { syscall($ptrace, \$_, $thread, 0, 0) == 0 or die \$! } 1 while waitpid($thread, 0x40000000) > 0" &
await 30 "a control loop that stands still is ended and started again" bash -c \
    "[ \"\$(systemctl show --value --property=NRestarts wattseald.service)\" = $((before + 1)) ]"
check "for its watchdog" bash -c 'journalctl -b -u wattseald.service | grep -qi "watchdog timeout"'
wait
await 30 "it is back" bash -c 'systemctl is-active wattseald.service && wattseal status --socket /run/wattseal/status.sock --json'
check "the signer was not touched" [ "$(property MainPID wattseal-signer.service)" = "$signer" ]

# --- the board's devices ----------------------------------------------------------------------------------------------
# Raspberry Pi OS gives every chip to its group gpio, in a file that sorts after ours. No chip is here, so both are asked about
# a device that is.
mkdir -p /run/udev/rules.d
sed 's/SUBSYSTEM=="gpio", KERNEL=="gpiochip\*"/SUBSYSTEM=="mem", KERNEL=="kmsg"/' /usr/lib/udev/rules.d/60-wattseal.rules \
    >/run/udev/rules.d/60-wattseal.rules
printf 'SUBSYSTEM=="mem", GROUP="tty", MODE="0600"\n' >/run/udev/rules.d/99-com.rules
udevadm test --action=add /sys/class/mem/kmsg >/try/run/rules 2>&1 || die "udevadm test: $(tail -n 3 /try/run/rules)"
check "the rules of a distribution do not take the chips away" \
    [ "$(grep -o 'GROUP [0-9]*$' /try/run/rules | tail -n 1)" = "GROUP $(getent group wattseal-board | cut -d: -f3)" ]
check "nor the right to write them" [ "$(grep -o 'MODE [0-7]*$' /try/run/rules | tail -n 1)" = "MODE 0660" ]
rm /run/udev/rules.d/60-wattseal.rules /run/udev/rules.d/99-com.rules

# --- upgrade ------------------------------------------------------------------------------------------------------------
slots >/try/run/slots
pid=$(property MainPID wattseald.service)
dpkg --install /try/second.deb >/dev/null
slots >/try/run/slots.after
check "an upgrade leaves slots and boot record as they are" cmp /try/run/slots /try/run/slots.after
check "and the daemon running" [ "$(property MainPID wattseald.service)" = "$pid" ]
check "everything still is to start at boot" starting enabled enabled enabled enabled
systemctl stop wattseald.service
systemctl --quiet disable wattseald.service wattseal-restart.path
dpkg --install /try/second.deb >/dev/null
check "what an administrator disabled stays so over an upgrade" starting enabled enabled disabled disabled
systemctl --quiet enable wattseald.service wattseal-restart.path
dpkg --install /try/second.deb >/dev/null
check "what a person stopped stays stopped" is ActiveState wattseald.service inactive
check "it starts from them afterwards" systemctl restart wattseald.service
check "the old slot still" [ "$(/usr/lib/wattseal/wattseal-launcher show)" = "slot a, 0.0.1" ]

# --- a damaged slot -----------------------------------------------------------------------------------------------------
systemctl stop wattseald.service
check "a stop is an orderly one" is Result wattseald.service success
# As on a machine that starts anew.
systemctl stop wattseal-signer.service
check "the journal was closed" bash -c 'journalctl -b -u wattseald | grep -q "outputs off, journal closed"'
cp -a /var/lib/wattseal-slots /try/run/kept
program=/var/lib/wattseal-slots/a/files/bin/wattseald
cp -a "$program" "$program.new"
printf x >>"$program.new"
mv "$program.new" "$program"
systemctl start wattseald.service 2>/dev/null && die "a damaged slot was started"
check "a damaged slot does not start, and is not tried for ever" is ActiveState wattseald.service failed
check "the log says why" bash -c \
    'journalctl -b -u wattseald | grep -q "bin/wattseald does not have the hash that the manifest names"'
printf '\n[shell]\nsocket = "/run/wattseal/shell.sock"\n' >>/etc/wattseal/wattseald.toml
systemctl reset-failed wattseald.service
check "with a shell, the shell starts instead" systemctl start wattseald.service
# told COMMAND PATTERN: whether the shell's answer has it. The slot's own client would refuse to start, too.
told() {
    perl -MIO::Socket::UNIX -e "alarm 10; my \$line = IO::Socket::UNIX->new(Peer => '/run/wattseal/shell.sock') or die \$!;
        print \$line qq({\"id\":1,\"cmd\":\"$1\"}\\n); \$line->flush; while (<\$line>) { print and last if /\"id\":1/ }" | grep "$2"
}
check "it says why" told ident "no slot may start"
check "and what is wrong with the slot" told log "does not have the hash that the manifest names"
check "it has the updater's word on the slots" told fw.status '"state":"bad"'
check "it tells nothing that nobody knows" told meter E_UNAVAILABLE
restarts=$(starts)
sleep 12
check "its watchdog is fed" [ "$(starts)" = "$restarts" ]
check "the signer had nothing to start either" is ActiveState wattseal-signer.service failed
rm -rf /var/lib/wattseal-slots
mv /try/run/kept /var/lib/wattseal-slots
systemctl kill --signal=SIGKILL wattseald.service
await 30 "put back, it starts when the shell has ended, and the signer with it" \
    bash -c 'status() { wattseal status --socket /run/wattseal/status.sock --json; }; status && systemctl is-active wattseal-signer.service'
systemctl stop wattseald.service
sed -i '/^\[shell\]/,$d' /etc/wattseal/wattseald.toml
check "and without a shell" systemctl start wattseald.service

# --- removal ------------------------------------------------------------------------------------------------------------
wattseal key show --config /etc/wattseal/wattseald.toml >/try/run/keys
kept >/try/run/kept.before
check "there are keys to keep" grep -q '\.key$' /try/run/kept.before
records /try/run/records
dpkg --remove wattseal >/dev/null
check "removal ends the processes" bash -c '! pgrep -u wattseal,wattseal-signer'
slots >/try/run/slots.after
check "and keeps slots" cmp /try/run/slots /try/run/slots.after
kept >/try/run/kept.after
check "configuration and keys" cmp /try/run/kept.before /try/run/kept.after
records /try/run/records.removed
check "and records" begins_with /try/run/records.removed /try/run/records
dpkg --install /try/second.deb >/dev/null
check "installed again, everything is to start at boot" starting enabled enabled enabled enabled
for unit in "${units[@]}"; do check "$unit runs" is ActiveState "$unit" active; done
slots >/try/run/slots.after
check "from its old slot" cmp /try/run/slots /try/run/slots.after
kept >/try/run/kept.after
check "with its configuration and keys" cmp /try/run/kept.before /try/run/kept.after
wattseal key show --config /etc/wattseal/wattseald.toml >/try/run/keys.after
check "which the signer has" cmp /try/run/keys /try/run/keys.after
await 30 "it answers again" status
records /try/run/records.after
check "and goes on behind its records" begins_with /try/run/records.after /try/run/records.removed

# --- purge --------------------------------------------------------------------------------------------------------------
dpkg --purge wattseal >/dev/null
check "a purge ends the processes" bash -c '! pgrep -u wattseal,wattseal-signer'
check "nothing is left" nothing_left
dpkg --install /try/first.deb >/dev/null
check "after that it is a first installation" starting enabled enabled enabled enabled
check "which has nothing to start" is ActiveState wattseald.service inactive
dpkg --purge wattseal >/dev/null
check "and goes as it came" nothing_left
say "all tried"
