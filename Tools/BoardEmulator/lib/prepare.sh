# What the emulated board is made of: Debian's kernel, the modules built for it, the initramfs. Sourced by Tools/board-emulator.
#
# Everything is kept in $cache and made again only when what it comes from has changed. $flavour is amd64 or rt-amd64,
# $command what the board is for, $has_images whether its operating system comes in images.
# shellcheck shell=bash disable=SC2154

emulator=$repository/Tools/BoardEmulator
emulator_packages=(
    qemu-system-x86 busybox-static swtpm cpio xz-utils kmod e2fsprogs gcc libc6-dev make python3 build-essential
)
# In the order of loading; what they need is found by depmod's table.
kernel_modules=(
    configfs industrialio i6300esb virtio_pci virtio_net virtio_blk crc32c_generic ext4
)
# What RAUC mounts its bundles with, of the plain format and of the verity format.
image_modules=(loop squashfs dm_verity)
image_packages=(rauc dbus squashfs-tools openssl)
own_modules=(irq_sim gpio-sim pwm-sim adc-sim)

# kernel_release: the release of the kernel that Debian's newest image package of this flavour depends on.
kernel_release() {
    local package=linux-image-$flavour release
    release=$(apt-cache depends "$package" 2>/dev/null | sed -n 's/^ *Depends: linux-image-\([0-9].*\)$/\1/p' | head -n 1)
    if [ -z "$release" ]; then
        apt-get update >&2 || die "apt-get update failed, and apt knows no $package"
        release=$(apt-cache depends "$package" | sed -n 's/^ *Depends: linux-image-\([0-9].*\)$/\1/p' | head -n 1)
    fi
    [ -n "$release" ] || die "expected $package to depend on linux-image-RELEASE, found none: is this Debian on amd64?"
    echo "$release"
}

# fetch_kernel: Debian's kernel image, unpacked and not installed, with a table of its modules.
fetch_kernel() {
    local package=linux-image-$release
    if [ ! -e "$kernel/complete" ]; then
        say "fetching $package"
        rm -rf "$kernel"
        mkdir -p "$kernel"
        (cd "$kernel" && apt-get download -q "$package" >&2) || die "apt-get download $package failed"
        dpkg-deb -x "$kernel/$package"_*.deb "$kernel" || die "$package: dpkg-deb cannot unpack it"
        rm -f "$kernel/$package"_*.deb
        depmod -b "$kernel" "$release" || die "depmod failed for $release"
        python3 "$emulator/Host/vmlinux.py" "$kernel/boot/vmlinuz-$release" "$kernel/vmlinux"
        touch "$kernel/complete"
    fi
}

# build_modules: ours, and the kernel's gpio-sim and irq_sim out of Debian's source.
build_modules() {
    local folder=$kernel/modules source=${release%%-*} archive stamp
    source=linux-source-${source%.*}
    stamp=$(cat "$emulator"/Kernel/*.c "$emulator/Kernel/Kbuild" | sha256sum)
    if [ "$(cat "$folder/stamp" 2>/dev/null)" = "$stamp" ]; then return 0; fi
    install_packages "$source" "linux-headers-$release" || die "the modules need the kernel's source and headers"
    say "building kernel modules for $release"
    rm -rf "$folder"
    mkdir -p "$folder"
    archive=/usr/src/$source.tar.xz
    [ -e "$archive" ] || die "expected $archive in the package $source"
    tar -xJf "$archive" -C "$folder" --strip-components=3 "$source/drivers/gpio/gpio-sim.c" "$source/drivers/gpio/gpiolib.h" \
        "$source/kernel/irq/irq_sim.c" || die "$archive: expected gpio-sim.c, gpiolib.h and irq_sim.c"
    # See Kernel/README.md.
    grep -q 'irq_to_desc(irqnum)' "$folder/irq_sim.c" || die "irq_sim.c: expected irq_to_desc(irqnum), found another version"
    sed -i 's/irq_to_desc(irqnum)/irq_data_to_desc(irq_get_irq_data(irqnum))/' "$folder/irq_sim.c"
    printf '#include <linux/module.h>\nMODULE_LICENSE("GPL");\n' >>"$folder/irq_sim.c"
    cp "$emulator"/Kernel/*.c "$emulator/Kernel/Kbuild" "$folder/"
    make -s -C "/usr/src/linux-headers-$release" M="$folder" modules >"$folder/log" 2>&1 \
        || die "the modules do not build for $release: $(tail -n 5 "$folder/log")"
    echo "$stamp" >"$folder/stamp"
}

# copy_with_libraries ROOT PROGRAM…: programs to usr/bin, and the shared libraries that they load.
copy_with_libraries() {
    local root=$1 program library
    shift
    for program in "$@"; do
        cp "$program" "$root/usr/bin/"
        ldd "$program" | awk '$3 ~ /^\//{print $3}' | while read -r library; do
            cp -Lu "$library" "$root/lib/x86_64-linux-gnu/"
        done
    done
    cp -L /lib64/ld-linux-x86-64.so.2 "$root/lib64/"
}

# copy_tpm_libraries ROOT: what wattseald opens by name where its keys are in a TPM, and what that loads.
copy_tpm_libraries() {
    local root=$1 name library
    for name in esys mu tctildr tcti-device; do
        library=$(ldconfig -p | awk -v name="libtss2-$name.so.0" '$1 == name && !found {print $NF; found = 1}')
        [ -n "$library" ] || die "expected libtss2-$name.so.0 of Debian's libtss2-dev, found none"
        cp -L "$library" "$root/lib/x86_64-linux-gnu/"
        ldd "$library" | awk '$3 ~ /^\//{print $3}' | xargs -r cp -Lut "$root/lib/x86_64-linux-gnu/"
    done
}

# copy_rauc ROOT: RAUC's service, the system's bus, and the library by which the updater asks.
copy_rauc() {
    local root=$1 folder=$cache/rauc-service library
    # The bus's policy has a package of its own; its unit would run here, so it is not installed.
    if [ ! -e "$folder/complete" ]; then
        rm -rf "$folder"
        mkdir -p "$folder"
        (cd "$folder" && apt-get download -q rauc-service >&2) || die "apt-get download rauc-service failed"
        dpkg-deb -x "$folder"/rauc-service_*.deb "$folder" || die "rauc-service: dpkg-deb cannot unpack it"
        touch "$folder/complete"
    fi
    copy_with_libraries "$root" "$(command -v rauc)" "$(command -v dbus-daemon)"
    library=$(ldconfig -p | awk '$1 == "libsystemd.so.0" && !found {print $NF; found = 1}')
    [ -n "$library" ] || die "expected libsystemd.so.0, found none"
    cp -L "$library" "$root/lib/x86_64-linux-gnu/"
    ldd "$library" | awk '$3 ~ /^\//{print $3}' | xargs -r cp -Lut "$root/lib/x86_64-linux-gnu/"
    # GLib looks for the bus at /var/run, libsystemd at /run.
    mkdir -p "$root/usr/share/dbus-1/system.d" "$root/var"
    ln -s /run "$root/var/run"
    cp /usr/share/dbus-1/system.conf "$root/usr/share/dbus-1/"
    cp "$folder/usr/share/dbus-1/system.d/de.pengutronix.rauc.conf" "$root/usr/share/dbus-1/system.d/"
    # Whom the bus runs as.
    echo 'messagebus:x:100:100::/run:/bin/false' >>"$root/etc/passwd"
    echo 'messagebus:x:100:' >>"$root/etc/group"
    cp "$emulator/Guest/bootloader" "$emulator/Guest/start-image" "$emulator/Guest/start-system" "$root/usr/bin/"
}

# copy_modules ROOT: Debian's modules with what they depend on, then ours; lib/modules/order says in which order.
copy_modules() {
    local root=$1 module path
    if [ -n "$has_images" ]; then kernel_modules+=("${image_modules[@]}"); fi
    for module in "${kernel_modules[@]}"; do
        modprobe -d "$kernel" -S "$release" --show-depends "$module" 2>/dev/null | awk '$1 == "insmod"{print $2}' >"$kernel/needs" \
            || true
        # A driver that is built into the kernel has no file, and says so.
        [ -s "$kernel/needs" ] || grep -q "/$module.ko" "$kernel/lib/modules/$release/modules.builtin" \
            || modprobe -d "$kernel" -S "$release" --show-depends "$module" 2>/dev/null | grep -q builtin \
            || die "kernel $release: expected the module $module, found neither file nor built-in driver"
        while read -r path; do
            cp "$path" "$root/lib/modules/"
            basename "$path" .ko >>"$root/lib/modules/all"
        done <"$kernel/needs"
    done
    for module in "${own_modules[@]}"; do
        strip -g -o "$root/lib/modules/$module.ko" "$kernel/modules/$module.ko"
        echo "$module" >>"$root/lib/modules/all"
    done
    awk '!seen[$0]++' "$root/lib/modules/all" >"$root/lib/modules/order"
    rm "$root/lib/modules/all"
}

# build_initramfs: a root file system with the shipped binaries, the profiles and our programs in C.
build_initramfs() {
    local root=$kernel/root applet
    rm -rf "$root"
    mkdir -p "$root"/{bin,sbin,etc,lib/modules,lib/x86_64-linux-gnu,lib64,usr/bin,usr/share/wattseal}
    cp "$(command -v busybox)" "$root/bin/busybox"
    for applet in $(busybox --list | grep -vx busybox); do ln -s /bin/busybox "$root/bin/$applet"; done
    cp "$emulator/Guest/init" "$root/init"
    cp "$emulator/Guest/lines.txt" "$root/etc/"
    cp "$emulator/Guest/start-supervisor" "$root/usr/bin/"
    printf 'root:x:0:0:root:/root:/bin/sh\n' >"$root/etc/passwd"
    printf 'root:x:0:\n' >"$root/etc/group"
    copy_modules "$root"
    for applet in pin-agent fault-maker supervisor plant-tell; do
        gcc -O2 -Wall -Wextra -Werror -static -o "$root/usr/bin/$applet" "$emulator/Guest/$applet.c" \
            || die "$applet does not build"
    done
    copy_with_libraries "$root" "$static_binaries/wattseald" "$static_binaries/wattseal" /sbin/e2fsck
    copy_tpm_libraries "$root"
    if [ "$command" = latency ]; then
        # With instruction counts the board's clock is its own: everything beside the charger runs on it, too.
        copy_with_libraries "$root" "$static_binaries/plant" "$static_binaries/platform-node" "$static_binaries/pin-bridge"
        cp "$emulator/Guest/latency-trials" "$root/usr/bin/"
    fi
    if [ "$command" = flash ]; then
        copy_with_libraries "$root" "$static_binaries/wattseal-launcher"
        cp "$emulator/Guest/slot-launcher" "$emulator/Guest/kill-updater" "$root/usr/bin/"
    fi
    if [ -n "$has_images" ]; then copy_rauc "$root"; fi
    if [ "$command" = lines ]; then copy_with_libraries "$root" "$kernel/gpio-trace-1" "$kernel/gpio-trace-2"; fi
    cp -r "$repository/Board/profiles" "$repository/Board/meters" "$root/usr/share/wattseal/"
    (cd "$root" && find . | cpio -o -H newc --quiet | gzip -1) >"$kernel/initramfs.new" || die "cpio failed"
    mv "$kernel/initramfs.new" "$kernel/initramfs.gz"
}

# build_traces: the line adapter's trace over this system's libgpiod 1.6, and over 2 from its source archive.
build_traces() {
    local newer=$cache/libgpiod-2
    build_libgpiod_2 "$newer"
    build_static gpio-trace || die "gpio-trace does not build"
    cp "$static_binaries/gpio-trace" "$kernel/gpio-trace-1"
    swift build -c release --package-path "$repository" --scratch-path "$newer/build" --static-swift-stdlib \
        --product gpio-trace -Xcc "-I$newer/include" -Xlinker "-L$newer/lib" >&2 \
        || die "gpio-trace does not build over libgpiod 2"
    cp "$newer/build/release/gpio-trace" "$kernel/gpio-trace-2"
}

# prepare: everything that a board needs; sets release and kernel.
prepare() {
    install_packages "${build_packages[@]}" "${emulator_packages[@]}" || die "the emulator needs these packages"
    if [ -n "$has_images" ]; then install_packages "${image_packages[@]}" || die "images of an operating system need these packages"; fi
    mkdir -p "$cache"
    release=$(kernel_release)
    kernel=$cache/$release
    fetch_kernel
    build_modules
    build_static wattseald wattseal plant platform-node pin-bridge || die "the firmware does not build"
    if [ "$command" = flash ]; then build_static wattseal-launcher || die "the launcher does not build"; fi
    if [ "$command" = lines ]; then build_traces; fi
    build_initramfs
}
