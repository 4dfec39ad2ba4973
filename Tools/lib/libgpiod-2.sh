# shellcheck shell=bash
# Sourced: libgpiod 2 from its source archive, which the Python package gpiod carries, for systems that ship 1.6.
#
# build_libgpiod_2 FOLDER: leaves FOLDER/include/gpiod.h and FOLDER/lib/libgpiod.a.

# The version of the Python package; the library's own stands in the archive.
gpiod_package=2.5.0

build_libgpiod_2() {
    local folder=$1 source version objects=() file
    [ -e "$folder/lib/libgpiod.a" ] && return
    mkdir -p "$folder/download" "$folder/lib" "$folder/include" "$folder/objects"
    python3 -m venv "$folder/python"
    "$folder/python/bin/pip" --quiet download --no-deps --no-binary :all: --dest "$folder/download" \
        "gpiod==$gpiod_package" || die "libgpiod 2: the package gpiod $gpiod_package cannot be fetched"
    tar -xzf "$folder/download/gpiod-$gpiod_package.tar.gz" -C "$folder/download"
    source=$folder/download/gpiod-$gpiod_package
    version=$(cat "$source/libgpiod-version.txt")
    for file in "$source"/lib/*.c; do
        gcc -O2 -fPIC -D_GNU_SOURCE "-DGPIOD_API_VERSION_STR=\"$version\"" -I"$source/include" -I"$source/lib" \
            -c "$file" -o "$folder/objects/$(basename "$file" .c).o" || die "libgpiod 2: $file does not compile"
        objects+=("$folder/objects/$(basename "$file" .c).o")
    done
    ar rcs "$folder/lib/libgpiod.a.part" "${objects[@]}"
    cp "$source/include/gpiod.h" "$folder/include/"
    mv "$folder/lib/libgpiod.a.part" "$folder/lib/libgpiod.a"
}
