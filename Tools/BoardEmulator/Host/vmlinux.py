"""Unpacks the kernel out of a compressed image: vmlinux.py VMLINUZ VMLINUX.

Booted directly (PVH) the board is up about three seconds earlier: no boot ROM, and nothing to unpack in the emulated processor.
"""
import lzma
import sys

XZ_MAGIC = b"\xfd7zXZ\x00"
ELF_MAGIC = b"\x7fELF"


def unpack(image: bytes) -> bytes:
    """The ELF file inside a kernel image that was compressed with xz."""
    start = image.find(XZ_MAGIC)
    if start < 0:
        raise SystemExit("vmlinux.py: expected a kernel compressed with xz (CONFIG_KERNEL_XZ), found no xz stream")
    kernel = lzma.LZMADecompressor().decompress(image[start:])
    if not kernel.startswith(ELF_MAGIC):
        raise SystemExit(f"vmlinux.py: expected an ELF file in the xz stream, found {kernel[:4].hex()}")
    return kernel


if __name__ == "__main__":
    with open(sys.argv[1], "rb") as source, open(sys.argv[2], "wb") as target:
        target.write(unpack(source.read()))
