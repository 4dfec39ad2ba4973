"""Verifies OCMF records with pyocmf and cryptography alone.

    check_ocmf.py KEY FILE…          strict parse, signature, compliance of each record: one JSON line a file
    check_ocmf.py --flip KEY FILE    changes every byte of the payload and of the signature's value, one at a time

KEY is the P-256 public key: hexadecimal DER SubjectPublicKeyInfo.
"""

import json
import sys

from pyocmf.core.ocmf import OCMF
from pyocmf.exceptions import PyOCMFError


def judge(text: str, key: str) -> dict:
    record = OCMF.from_string(text, strict=True)
    valid, issues = record.verify(key)
    return {
        "valid": valid,
        "errors": sorted(i.code.value for i in issues if i.severity.value == "error"),
        "warnings": sorted(i.code.value for i in issues if i.severity.value == "warning"),
        "page": record.payload.PG,
        "registers": [str(reading.RV) for reading in record.payload.RD],
        "status": [reading.ST.value for reading in record.payload.RD],
        "reasons": [reading.TX.value for reading in record.payload.RD],
        "times": [str(reading.TM) for reading in record.payload.RD],
        "gateway": record.payload.GI,
        "meter": record.payload.MS,
    }


def is_believed(text: str, key: str) -> bool:
    try:
        return OCMF.from_string(text, strict=True).verify_signature(key)
    except (PyOCMFError, ValueError):
        return False


def flip(text: str, key: str) -> dict:
    head, payload, signature = text.split("|")
    assert is_believed(text, key)
    believed, tried = [], 0
    raw = payload.encode("ascii")
    for place in range(len(raw)):
        changed = bytearray(raw)
        changed[place] ^= 1
        tried += 1
        if is_believed(f"{head}|{changed.decode('ascii')}|{signature}", key):
            believed.append(f"payload {place}")
    start = signature.index('"SD":"') + 6
    value = bytes.fromhex(signature[start:-2])
    for place in range(len(value)):
        changed = bytearray(value)
        changed[place] ^= 1
        tried += 1
        if is_believed(f"{head}|{payload}|{signature[:start]}{changed.hex()}\"}}", key):
            believed.append(f"signature {place}")
    return {"tried": tried, "believed": believed}


if sys.argv[1] == "--flip":
    with open(sys.argv[3], encoding="ascii") as file:
        print(json.dumps(flip(file.read(), sys.argv[2])))
else:
    for path in sys.argv[2:]:
        with open(path, encoding="ascii") as file:
            print(json.dumps(judge(file.read(), sys.argv[1])))
