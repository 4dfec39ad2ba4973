#!/usr/bin/env python3
"""Verifies one exported record, or another signed message, with three implementations that are not ours.

    verify_record.py EXPORT OFFSET KEYHEX LEDGER [CONTEXT]

The message at OFFSET of EXPORT, signed by the Ed25519 key for the ledger as a record or in CONTEXT. Needs cbor2<6, cryptography, pycose, and the
program openssl. Prints a line for each; exit 1 where one refuses, or accepts a message with a flipped bit.
"""

import io
import pathlib
import subprocess
import sys
import tempfile

import cbor2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pycose.keys import OKPKey
from pycose.messages import CoseMessage

CONTEXT = sys.argv[5] if len(sys.argv) > 5 else "wattseal-record/1"


def by_pyca(message, key, ledger):
    protected, _, payload, signature = cbor2.loads(message).value
    aad = cbor2.dumps([ledger, CONTEXT])
    Ed25519PublicKey.from_public_bytes(key).verify(
        signature, cbor2.dumps(["Signature1", protected, aad, payload]))


def by_pycose(message, key, ledger):
    decoded = CoseMessage.decode(message)
    decoded.external_aad = cbor2.dumps([ledger, CONTEXT])
    decoded.key = OKPKey(crv="ED25519", x=key)
    if not decoded.verify_signature():
        raise ValueError("pycose: the signature does not match")


def by_openssl(message, key, ledger):
    protected, _, payload, signature = cbor2.loads(message).value
    aad = cbor2.dumps([ledger, CONTEXT])
    pem = Ed25519PublicKey.from_public_bytes(key).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "signed").write_bytes(cbor2.dumps(["Signature1", protected, aad, payload]))
        (folder / "signature").write_bytes(signature)
        (folder / "key.pem").write_bytes(pem)
        command = ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", "key.pem", "-in", "signed"]
        subprocess.run(command + ["-sigfile", "signature"], cwd=folder, check=True, capture_output=True)


def main():
    export, offset, key, ledger = sys.argv[1], int(sys.argv[2]), bytes.fromhex(sys.argv[3]), sys.argv[4]
    data = pathlib.Path(export).read_bytes()[offset:]
    message = cbor2.dumps(cbor2.load(io.BytesIO(data)))
    if not data.startswith(message):
        sys.exit("the message does not encode to the same bytes")
    flipped = bytearray(message)
    flipped[-70] ^= 1
    for verify in (by_pyca, by_pycose, by_openssl):
        verify(message, key, ledger)
        try:
            verify(bytes(flipped), key, ledger)
        except Exception:
            print(f"{verify.__name__}: verified")
            continue
        sys.exit(f"{verify.__name__} accepts a flipped bit")


if __name__ == "__main__":
    main()
