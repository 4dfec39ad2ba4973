#!/usr/bin/env python3
"""Checks a technician's certificate, a challenge and its answer, written from docs/service-shell.md alone.

    check_login.py AUTHORITY CHALLENGE ANSWER

AUTHORITY is a public key in hexadecimal, the others are Base64 as the shell shows and takes them. It prints what the
certificate says, or says on standard error what is wrong and ends with 1.
"""
import base64
import hashlib
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

ROLES = ["viewer", "service", "commission", "vendor"]


def need(holds, words):
    if not holds:
        sys.exit(f"check_login.py: {words}")


def verify(key, signature, message, words):
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except InvalidSignature:
        need(False, words)


def number(data):
    return int.from_bytes(data, "big")


def text(data):
    return data.rstrip(b"\0").decode("utf-8")


def main(authority, challenge, answer):
    authority = bytes.fromhex(authority)
    challenge, answer = base64.b64decode(challenge, validate=True), base64.b64decode(answer, validate=True)
    need(len(challenge) == 89 and challenge[0] == 1, "the challenge has 89 bytes of version 1")
    need(len(answer) == 251, "the answer has 251 bytes")
    role, certificate, signature = answer[0], answer[1:187], answer[187:]
    need(certificate[:4] == b"WTC1", "the certificate begins with WTC1")
    need(certificate[114:122] == hashlib.sha256(authority).digest()[:8], "the certificate names this authority")
    verify(authority, certificate[122:], b"wattseal-technician/1\0" + certificate[:122], "the authority signed it")
    device, boot, nonce = challenge[1:33], challenge[33:49], challenge[49:81]
    statement = b"wattseal-login/1\0" + device + boot + nonce + bytes([role]) + hashlib.sha256(certificate).digest()
    verify(certificate[40:72], signature, statement, "the technician signed the answer")
    granted = [name for bit, name in enumerate(ROLES) if certificate[72] >> bit & 1]
    need(ROLES[role - 1] in granted, "the certificate grants the role")
    scope = certificate[74:106].hex() if certificate[73] == 1 else text(certificate[74:106])
    print(number(certificate[4:12]), number(certificate[12:16]), text(certificate[16:40]), ",".join(granted), scope,
          number(certificate[106:110]), number(certificate[110:114]), ROLES[role - 1])


if __name__ == "__main__":
    need(len(sys.argv) == 4, "expected AUTHORITY CHALLENGE ANSWER")
    main(*sys.argv[1:])
