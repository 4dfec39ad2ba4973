#!/usr/bin/env python3
"""Audits an export of one device's signed records, written from docs/format.md alone; needs cbor2 and cryptography."""
import argparse, hashlib, io, sys, types
import cbor2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

GENESIS, BEGIN, TICK, END, ROLLOVER, RESET, KEY_CHANGE, GAP, ROLLBACK, CLOSE, OPEN = 1, 2, 3, 6, 10, 11, 13, 15, 17, 18, 19
READING = {TICK: 4, END: 3, ROLLOVER: 3, RESET: 3, GAP: 5}  # the field with the reading,
LAST = {ROLLOVER: 2, RESET: 2, GAP: 4}  # and the one with the last register before it
PROTECTED = b"\xa1\x01\x27"  # {1: -8}: EdDSA

def sha(data): return hashlib.sha256(data).digest()
def encode(value): return cbor2.dumps(value, canonical=True)
def need(holds, otherwise):
    if not holds: raise ValueError(otherwise)
def verify(key, signature, payload, ledger):
    signed = ["Signature1", PROTECTED, encode([ledger, "wattseal-record/1"]), payload]
    Ed25519PublicKey.from_public_bytes(key).verify(signature, encode(signed))

class Session:
    """The sums of a session, in milliwatt-hours: energy = carried + register - register at begin."""
    def __init__(self, begin):
        self.id, self.base, self.total, self.carried, self.ticks = begin[1], begin[9][1], begin[9][1], 0, 0
    def take(self, kind, body):
        register = body[READING[kind]][1]
        last = self.carried + body[LAST[kind]] if kind in LAST else self.total
        if kind == ROLLOVER: self.carried += body[4]
        if kind == RESET: self.carried = last - register  # the total stays where it is
        need(body[1] == self.id, "a record of another session")
        need(self.total <= last <= self.carried + register, f"the register fell to {register}")
        self.total = self.carried + register
        energy = self.total - self.base
        if kind == TICK:
            need(body[5] == energy, f"energy {body[5]}, by the register {energy}")
            need(body[2] == energy // 1_000_000 == self.ticks + body[3] > self.ticks, f"tick {body[2]} at {energy} mWh")
            self.ticks = body[2]
        if kind == END: need((body[4], body[5]) == (energy, self.ticks), f"energy {body[4]}, by the register {energy}")

class Audit:
    def __init__(self, device=None):
        self.device, self.keys, self.chains, self.heads, self.ended = device, [], {}, set(), []
        self.at = self.records = self.gaps = 0
    def take(self, data):
        """Checks the message at `at`."""
        payload, signature = cbor2.load(io.BytesIO(data[self.at:self.at + 4096])).value[2:]
        raw, record = encode(cbor2.CBORTag(18, [PROTECTED, {}, payload, signature])), cbor2.loads(payload)
        need(data.startswith(raw, self.at) and encode(record) == payload, "not a record in its one encoding")
        device, number, sequence, previous, kind, epoch, body = (record[field] for field in (2, 3, 4, 5, 6, 7, 9))
        if kind == GENESIS:
            need((number, sequence, previous, self.keys) == (0, 1, bytes(32), []), "genesis is not the first record")
            self.device, self.keys, self.ledger, self.genesis = self.device or device, [body[2]], body[1], sha(raw)
        need(self.keys and device == self.device == sha(self.keys[0]), "another device, or no genesis before it")
        chain = self.chains.setdefault(number, types.SimpleNamespace(  # a chain may begin later: it was pruned
            first=sequence, sequence=sequence - 1, hash=self.genesis if number and sequence == 1 else previous,
            epoch=1, ledger=self.ledger, opening=None, session=None if sequence == 1 else "pruned"))
        gap = kind == ROLLBACK and sequence > chain.sequence + 1  # it names the last record before the missing ones
        before = (body[1], body[2], body[3] + 1) if gap else (sequence - 1, previous, sequence)
        need(before == (chain.sequence, chain.hash, sequence), f"record {sequence} of chain {number} behind {chain.sequence}")
        need(chain.epoch <= epoch <= len(self.keys), f"key epoch {epoch}")
        need((body if kind == OPEN else None) == chain.opening, "close and open do not match")
        if kind == OPEN: chain.ledger = body[2]
        verify(self.keys[epoch - 1], signature, payload, chain.ledger)
        chain.opening = {1: chain.ledger, 2: body[1], 3: body[2], 4: body[3]} if kind == CLOSE else None
        if kind == KEY_CHANGE and (number, body[1]) == (0, epoch + 1): self.keys.append(body[2])
        if kind == BEGIN:
            need(not isinstance(chain.session, Session), "a session is open already")
            chain.session = Session(body)
        if kind in READING and chain.session != "pruned":
            need(chain.session, "a session's record outside a session")
            chain.session.take(kind, body)
            if kind == END: self.ended.append(body[4])
        if kind in (END, ROLLBACK): chain.session = None
        chain.sequence, chain.hash, chain.epoch = sequence, sha(raw), epoch if number else len(self.keys)
        self.heads |= {(number, sequence - 1, previous), (number, sequence, chain.hash)}
        self.at, self.records, self.gaps = self.at + len(raw), self.records + 1, self.gaps + gap

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("export", type=argparse.FileType("rb"))
    parser.add_argument("--device", type=bytes.fromhex, help="the device that it must be")
    parser.add_argument("--head", action="append", default=[], help="CHAIN:SEQUENCE:HASH that the ledger proved")
    options = parser.parse_args()
    audit, data, fault = Audit(options.device), options.export.read(), None
    try:
        need(data, "no records")
        while audit.at < len(data): audit.take(data)
        for number, sequence, proved in (head.split(":") for head in options.head):
            need((int(number), int(sequence), bytes.fromhex(proved)) in audit.heads, f"no proved head {number}:{sequence}")
    except Exception as error: fault = f"byte {audit.at}: {error or type(error).__name__}"
    for number, chain in audit.chains.items(): print(f"chain {number}: records {chain.first} to {chain.sequence}")
    print(f"device {audit.device.hex() if audit.device else 'unknown'}\n{audit.records} records, {len(audit.ended)} sessions, "
          f"{sum(audit.ended) / 1e6:.6f} kWh, {audit.gaps} gaps, {1 if fault else 0} faults")
    sys.exit(fault)
