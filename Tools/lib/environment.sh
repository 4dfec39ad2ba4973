# What the scripts in Tools share: finding Swift, Debian's packages, Python's packages, and the static build. Sourced, never run.
#
# Everything here speaks on standard error alone, so that a script's standard output stays its own.
# shellcheck shell=bash

# The repository's root, whatever folder the script was started in.
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

# Where `build_static` leaves its binaries.
static_binaries=$repository/.build-static/release

# The oldest Swift that builds this package.
swift_needed=6.3

# Debian packages that the build itself needs.
# shellcheck disable=SC2034  # read by the scripts that source this
build_packages=(
    git python3 pkg-config libmodbus-dev libgpiod-dev libqrencode-dev libsqlite3-dev libtss2-dev libp11-kit-dev
    libsystemd-dev libstdc++-12-dev zlib1g-dev
)

say() { echo "$(basename "$0"): $*" >&2; }

die() {
    say "$*"
    exit 1
}

# Puts Swift on the PATH, or ends the script saying how to get it.
require_swift() {
    local folder version
    if ! command -v swift >/dev/null; then
        for folder in /opt/swift/usr/bin /usr/share/swift/usr/bin "$HOME/.local/share/swiftly/bin"; do
            if [ -x "$folder/swift" ]; then
                PATH=$folder:$PATH
                break
            fi
        done
    fi
    command -v swift >/dev/null \
        || die "Swift $swift_needed is missing: install the Debian 12 toolchain from https://www.swift.org/install/linux and put its usr/bin on the PATH"
    version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9.]*[0-9]\).*/\1/p' | head -n 1)
    [ -n "$version" ] || die "$(command -v swift) does not tell its version; Swift $swift_needed is needed"
    if [ "$(printf '%s\n' "$swift_needed" "$version" | sort --version-sort | head -n 1)" != "$swift_needed" ]; then
        die "Swift $swift_needed or newer is needed, $(command -v swift) is $version: see https://www.swift.org/install/linux"
    fi
}

# missing_packages PKG…: prints those that are not installed.
missing_packages() {
    local package
    for package in "$@"; do
        dpkg-query --show --showformat='${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed \
            || echo "$package"
    done
}

# install_packages PKG…: installs the Debian packages that are missing. Without root it names the line to run and fails.
install_packages() {
    local missing=()
    if ! command -v dpkg-query >/dev/null; then
        say "no Debian: see to these packages yourself: $*"
        return 0
    fi
    mapfile -t missing < <(missing_packages "$@")
    [ "${#missing[@]}" -gt 0 ] || return 0
    if [ "$(id -u)" -ne 0 ]; then
        say "missing Debian packages; run: sudo apt-get install ${missing[*]}"
        return 1
    fi
    say "installing ${missing[*]}"
    apt-get install --yes --no-install-recommends "${missing[@]}" >&2 && return 0
    # The list of packages may be missing or out of date; fetched only when needed.
    apt-get update >&2 && apt-get install --yes --no-install-recommends "${missing[@]}" >&2
}

# python_environment FOLDER PKG…: a virtual environment with these packages, made again only when the list changes.
python_environment() {
    local folder=$1 python=/usr/bin/python3 wanted
    shift
    [ -x "$python" ] || python=python3
    wanted="$("$python" --version 2>&1) $*"
    if [ -x "$folder/bin/python" ] && [ "$(cat "$folder/wanted" 2>/dev/null)" = "$wanted" ]; then return 0; fi
    say "making $folder with $*"
    rm -rf "$folder"
    "$python" -m venv "$folder" >&2 || return 1
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check "$@" >&2 || return 1
    echo "$wanted" >"$folder/wanted"
}

# Archives of the toolchain that no shipped binary needs; what of them would be missing ends the link. TOMLKit imports Foundation
# without using it, and lld would take FoundationEssentials' missing pieces from the first archive that has them.
foreign_archives=(libFoundation libFoundationInternationalization lib_FoundationICU libCoreFoundation)

# build_static PRODUCT…: the shipped binaries, in release, with Swift's runtime inside; without a product, all of them.
#
# Linked by lld, without names that nobody looks up (Swift exports all of a program's) and with packed relocations (glibc 2.36):
# docs/performance.md, "What the daemon is made of".
build_static() {
    local flags=(-c release --package-path "$repository" --scratch-path "$repository/.build-static"
        --static-swift-stdlib -Xlinker -s -Xswiftc -use-ld=lld -Xlinker --no-export-dynamic
        -Xlinker -z -Xlinker pack-relative-relocs)
    local product archive
    for archive in "${foreign_archives[@]}"; do flags+=(-Xlinker "--remap-inputs=*/$archive.a=/dev/null"); done
    if [ $# -eq 0 ]; then
        swift build "${flags[@]}" >&2 || return 1
    fi
    for product in "$@"; do
        swift build "${flags[@]}" --product "$product" >&2 || return 1
    done
    [ -d "$static_binaries" ] || die "the static build left no $static_binaries"
}

# executables: the names of the package's executable targets, one a line.
executables() {
    swift package --package-path "$repository" --scratch-path "$repository/.build-static" dump-package | python3 -c '
import json, sys
for target in json.load(sys.stdin)["targets"]:
    if target["type"] == "executable":
        print(target["name"])'
}
