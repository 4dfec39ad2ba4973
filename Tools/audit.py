#!/usr/bin/env python3
"""Audits an export of one device's signed records, written from docs/format.md alone; needs cbor2 and cryptography.

    audit.py EXPORT [--device HEX] [--head CHAIN:SEQUENCE:HASH]...

--device is the device that it must be, --head a head that the ledger proved: only that shows records cut off at the end.
Exit 0: everything holds. Exit 1: the first fault with its byte offset, on standard error.
"""
import argparse, hashlib, io, sys
import cbor2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

GENESIS, BEGIN, TICK, PAUSE, RESUME, END, EVENT = range(1, 8)
ROLLOVER, RESET, KEY_CHANGE, GAP, ROLLBACK, CLOSE, OPEN = 10, 11, 13, 15, 17, 18, 19
IN_SESSION = (TICK, PAUSE, RESUME, END, ROLLOVER, RESET, GAP)
PROTECTED = b"\xa1\x01\x27"  # {1: -8}: EdDSA


def sha(data): return hashlib.sha256(data).digest()
def encode(value): return cbor2.dumps(value, canonical=True)
def verify(key, signature, data): Ed25519PublicKey.from_public_bytes(key).verify(signature, data)


def need(holds, otherwise):
    if not holds: raise ValueError(otherwise)


class Session:
    """The sums of one session: energy = carried + register - register at begin."""
    def __init__(self, body):
        self.id, self.base, self.total, self.carried, self.ticks, self.reset = body[1], body[9][1], body[9][1], 0, 0, False

    def rise(self, register):
        need(self.carried + register >= self.total, f"the register fell to {register}")
        self.total = self.carried + register

    def take(self, kind, body):
        need(body[1] == self.id, "a record of another session")
        need(not self.reset or kind in (END, PAUSE, RESUME), "only the end may follow a reset")
        if kind == GAP: self.rise(body[4]); self.rise(body[5][1])
        if kind in (ROLLOVER, RESET):
            self.rise(body[2])
            self.carried = self.carried + body[4] if kind == ROLLOVER else self.total - body[3][1]
            self.rise(body[3][1])
            self.reset = kind == RESET
        if kind in (TICK, END):
            reading, energy = (body[4], body[5]) if kind == TICK else (body[3], body[4])
            self.rise(reading[1])
            need(energy == self.total - self.base, f"energy {energy}, the register says {self.total - self.base}")
        if kind == TICK:
            index = energy // 1_000_000
            need(body[2] == index > self.ticks and body[3] == index - self.ticks, f"tick {body[2]} of {index}")
            self.ticks = index
        need(kind != END or body[5] == self.ticks, "the end counts other ticks")


class Audit:
    def __init__(self, device, heads):
        self.device, self.wanted, self.keys, self.chains, self.own = device, heads, {}, {}, {}
        self.records = self.sessions = self.energy = self.gaps = 0

    def message(self, data, at):
        """One COSE_Sign1 message; what was read must encode to the same bytes again. Returns its length."""
        tag = cbor2.load(io.BytesIO(data[at:at + 4096]))
        need(isinstance(tag, cbor2.CBORTag) and tag.tag == 18 and len(tag.value) == 4, "not a COSE_Sign1 message")
        protected, unprotected, payload, signature = tag.value
        need(protected == PROTECTED and unprotected == {}, "another header than EdDSA alone")
        raw, record = encode(tag), cbor2.loads(payload)
        need(data.startswith(raw, at) and encode(record) == payload, "not in its one encoding")
        self.record(raw, payload, signature, *(record[field] for field in (2, 3, 4, 5, 6, 7, 9)))
        return len(raw)

    def record(self, raw, payload, signature, device, chain, sequence, previous, kind, epoch, body):
        if not self.records:  # genesis names the first key, the first ledger and the connectors
            need((kind, chain, sequence, previous, epoch) == (GENESIS, 0, 1, bytes(32), 1), "no genesis at the start")
            need(device == sha(body[2]) and self.device in (None, device), "another device")
            self.device, self.genesis, self.first, self.keys[1] = device, sha(raw), body, body[2]
        need(device == self.device and (kind == GENESIS) == (not self.records), "another device or genesis")
        if chain not in self.chains:
            need(chain <= self.first[11], "no such connector")
            self.chains[chain] = dict(start=sequence, sequence=sequence - 1, hash=self.genesis if chain else bytes(32),
                                      epoch=1, ledger=self.first[1], closing=None, session=sequence > 1 and "unknown")
        c = self.chains[chain]
        if not (kind == ROLLBACK and self.is_behind_gap(c, sequence, body)):
            need(sequence == c["sequence"] + 1, f"chain {chain}: record {sequence} behind {c['sequence']}")
            need(previous == c["hash"] or sequence == c["start"] > 1, f"chain {chain}, record {sequence}: previous")
        need(epoch in self.keys and epoch >= c["epoch"] and (chain or epoch == max(self.keys)), f"key epoch {epoch}")
        ledger = body[2] if kind == OPEN else c["ledger"]
        aad = encode([ledger, "wattseal-record/1"])
        verify(self.keys[epoch], signature, encode(["Signature1", PROTECTED, aad, payload]))
        opened = [c["ledger"], *c["closing"]] if c["closing"] else None
        need(opened == ([body[i] for i in (1, 2, 3, 4)] if kind == OPEN else None), "close and open do not match")
        closing = [body[i] for i in (1, 2, 3)] if kind == CLOSE else None
        if kind == KEY_CHANGE:
            need(chain == 0 and body[1] == epoch + 1, "key change: the new epoch")
            verify(body[2], body[5], encode(["wattseal-key-change/1", device, sequence, previous, body[1], body[2], body[3]]))
            self.keys[body[1]] = body[2]
        c.update(sequence=sequence, hash=sha(raw), epoch=epoch, ledger=ledger, closing=closing)
        if chain == 0: self.own[sequence] = (c["hash"], max(self.keys))
        else: self.connector(c, chain, sequence, kind, epoch, body)
        need(self.wanted.get((chain, sequence), c["hash"]) == c["hash"], "the ledger has another record here")
        self.records += 1

    def is_behind_gap(self, c, sequence, body):
        """Only rollback-detected may stand behind missing records: it names the last one here and the proved one."""
        gap = sequence > c["sequence"] + 1
        need(sequence == body[3] + 1 and (not gap or (body[1], body[2]) == (c["sequence"], c["hash"] if c["sequence"] else bytes(32))),
             "rollback-detected does not name the record before it")
        self.gaps += gap
        return gap

    def connector(self, c, chain, sequence, kind, epoch, body):
        if kind == BEGIN:
            need(not isinstance(c["session"], Session), "a session is open already")
            need(body[1] == sha(encode([body[2], self.device, chain, sequence]))[:16], "the session id is not derived")
            need(self.own.get(body[8]) == (body[7], epoch), "begin names another record of chain 0")
            c["session"] = Session(body)
        elif kind in IN_SESSION:
            need(c["session"], "a session's record outside a session")
            if c["session"] != "unknown":
                c["session"].take(kind, body)
                if kind == END: self.sessions, self.energy = self.sessions + 1, self.energy + body[4]
            if kind == END: c["session"] = False
        elif isinstance(c["session"], Session):
            need(kind == ROLLBACK or kind == EVENT and body[1] in (1, 2), f"kind {kind} inside a session")
            c["session"] = c["session"] if kind == EVENT else False
        elif kind != EVENT or body[1] > 2: c["session"] = False


def main():
    parser = argparse.ArgumentParser(description="Audits an export of one device's signed records.")
    parser.add_argument("export")
    parser.add_argument("--device", type=bytes.fromhex)
    parser.add_argument("--head", action="append", default=[], metavar="CHAIN:SEQUENCE:HASH")
    options = parser.parse_args()
    heads = {(int(c), int(n)): bytes.fromhex(h) for c, n, h in (head.split(":") for head in options.head)}
    with open(options.export, "rb") as file: data = file.read()
    audit, at, fault = Audit(options.device, heads), 0, None
    try:
        need(data, "no records")
        while at < len(data): at += audit.message(data, at)
        for chain, sequence in heads:
            last = audit.chains[chain]["sequence"] if chain in audit.chains else 0
            need(last >= sequence, f"chain {chain} ends at {last}; the ledger has records up to {sequence}")
    except Exception as error:  # whatever it is that does not hold, it is found at this message
        fault = f"byte {at}: {type(error).__name__}: {error}"
    chains = ", ".join(f"{n}: {c['start']} to {c['sequence']}" for n, c in sorted(audit.chains.items()))
    print(f"device {audit.device.hex() if audit.device else 'unknown'}\nchains {chains}")
    print(f"{audit.records} records, {audit.sessions} sessions, {audit.energy / 1e6:.6f} kWh, {audit.gaps} gaps, "
          f"{1 if fault else 0} faults")
    if fault: print(fault, file=sys.stderr)
    return 1 if fault else 0


if __name__ == "__main__":
    sys.exit(main())
