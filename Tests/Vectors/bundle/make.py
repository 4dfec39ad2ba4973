#!/usr/bin/env python3
"""Makes release.bundle with other people's CBOR and Ed25519, so that our reader is not only held against our writer.

    python3 make.py > release.bundle        needs cbor2 and cryptography
"""

import hashlib
import struct
import sys

import cbor2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

CHUNK = 64 << 10


def sha256(data):
    return hashlib.sha256(data).digest()


def main():
    keys = [Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in (1, 2)]
    files = [
        ("bin/wattseald", True, bytes(i * 7 & 0xFF for i in range(CHUNK + 1000))),
        ("empty", False, b""),
        ("etc/meters/sdm630.toml", False, b"id = 'sdm630'\n"),
    ]
    payload = b"".join(content for _, _, content in files)
    chunks = [sha256(payload[i : i + CHUNK]) for i in range(0, len(payload), CHUNK)]
    manifest = {
        1: 1, 2: "Wallbox One", 3: "aarch64", 4: [["board-a", 1, 3], ["board-b", 0, 0]], 5: "1.2.3", 6: "0123abcd",
        7: 5, 8: 1, 9: 1_700_000_000_000, 10: 0, 11: 1, 12: [2, 3],
        13: [len(payload), sha256(payload), CHUNK, sha256(b"".join(chunks))],
        14: [[path, len(content), executable, sha256(content)] for path, executable, content in files],
        15: 1, 16: 60, 17: 3, 18: "first",
    }
    encoded = cbor2.dumps(manifest, canonical=True)
    header = struct.pack(">I", len(encoded)) + encoded + struct.pack(">H", len(keys))
    for key in keys:
        public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        header += sha256(public)[:8] + key.sign(b"wattseal-release-v1\0" + encoded)
    header += struct.pack(">I", len(chunks)) + b"".join(chunks)
    preamble = bytes.fromhex("89575342" "0d0a1a0a") + struct.pack(">HI", 1, len(header))
    sys.stdout.buffer.write(preamble + header + payload)


if __name__ == "__main__":
    main()
