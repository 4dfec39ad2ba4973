#!/usr/bin/env python3
"""Verifies a diagnostics archive with none of this project's code: python3 check_diagnostics.py FILE KEY.

KEY is the device's Ed25519 key, hexadecimal. Prints the files' names. Needs cbor2 (below 6) and cryptography. Exits 1 with the
reason."""

import hashlib
import sys
import tarfile

import cbor2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def main():
    path, key = sys.argv[1], bytes.fromhex(sys.argv[2])
    with tarfile.open(path) as archive:
        if not all(member.isfile() for member in archive.getmembers()):
            sys.exit("something that is no plain file")
        files = {member.name: archive.extractfile(member).read() for member in archive.getmembers()}
    manifest, statement, signature = (files.pop(n) for n in ("MANIFEST", "statement.cbor", "statement.sig"))
    listed = dict(reversed(line.split("  ", 1)) for line in manifest.decode().splitlines())
    found = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    if listed != found:
        sys.exit(f"the manifest lists {listed}, the files are {found}")
    prefix, _, _, digest, named, _ = cbor2.loads(statement)
    if prefix != "wattseal-diagnostics/1" or digest != hashlib.sha256(manifest).digest() or named != key:
        sys.exit("the statement is about something else")
    Ed25519PublicKey.from_public_bytes(key).verify(signature, statement)
    print(" ".join(sorted(files)))


main()
