#!/usr/bin/env python3
"""Checks an export of signed records and every field in it, written from docs/format.md alone. What the auditor's tool
checks too, Tools/audit.py, is taken from there: the signed bytes and the sums of a session.

    check_records.py FILE [--public-key HEX] [--chain-id ID] [--flip-every N]

Needs cbor2<6 and cryptography. Exit 0: every signature, chain, sum and encoding holds. Exit 1: the first fault, with its
byte offset, on standard error. --flip-every N also flips every N-th byte in turn and fails where a flip goes unseen.
"""

import argparse
import io
import pathlib
import sys

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, utils
from cryptography.hazmat.primitives.hashes import SHA256

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "Tools"))
import audit  # noqa: E402
from audit import PROTECTED, need, sha  # noqa: E402

Fault = ValueError  # what need() raises
I63 = 2**63 - 1
U8, U16, U32, U64 = 2**8 - 1, 2**16 - 1, 2**32 - 1, 2**64 - 1
LATEST = 253402300799999


# Field types: each takes a value and a place and refuses what docs/format.md does not allow.


def number(low, high):
    def check(value, where):
        need(type(value) is int and low <= value <= high, f"{where}: not an integer from {low} to {high}")

    return check


def data(low, high=None):
    high = low if high is None else high

    def check(value, where):
        need(type(value) is bytes and low <= len(value) <= high, f"{where}: not {low} to {high} bytes")

    return check


def text(high):
    def check(value, where):
        need(type(value) is str and len(value.encode()) <= high, f"{where}: not text of at most {high} bytes")
        need(not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in value), f"{where}: control character")

    return check


def ledger_id(value, where):
    need(type(value) is str and 1 <= len(value.encode()) <= 50, f"{where}: not a ledger chain id")
    need(all(0x21 <= ord(c) <= 0x7E for c in value), f"{where}: not a ledger chain id")


def boolean(value, where):
    need(type(value) is bool, f"{where}: not a boolean")


def words(value, where):
    data(2, 24)(value, where)
    need(len(value) % 2 == 0, f"{where}: half a register")


def table(required, optional=None):
    optional = optional or {}

    def check(value, where):
        need(type(value) is dict, f"{where}: not a map")
        for key in value:
            need(type(key) is int and (key in required or key in optional), f"{where}: unknown field {key!r}")
        for key, kind in required.items():
            need(key in value, f"{where}: field {key} is missing")
            kind(value[key], f"{where}.{key}")
        for key, kind in optional.items():
            if key in value:
                kind(value[key], f"{where}.{key}")

    return check


HASH, SESSION = data(32), data(16)
ENERGY, CODE16, N32, N64, UTC = number(0, I63), number(0, U16), number(0, U32), number(0, U64), number(0, LATEST)
FACTOR = number(1, U32)
EVIDENCE = table({1: number(0, U8), 2: CODE16, 3: words})
READING = table({1: ENERGY, 2: N32, 3: EVIDENCE}, {4: EVIDENCE})
METER = table({1: text(32), 2: text(32), 3: text(32), 4: text(32), 5: HASH, 6: number(0, 3)})
TIME = table({2: number(0, 2), 3: N64, 4: data(16), 5: N32}, {1: UTC})
HEAD = table({1: N32, 2: N64, 3: HASH})


def heads(value, where):
    need(type(value) is list and len(value) <= 64, f"{where}: not at most 64 heads")
    last = 0
    for head in value:
        HEAD(head, where)
        need(head[1] > last, f"{where}: chains do not rise")
        last = head[1]


SHELL_ACT = table({1: number(1, 4), 2: text(24), 3: HASH, 4: number(1, 3), 5: data(16), 6: N64})


EVENTS = {
    1: table({1: CODE16, 2: number(-(2**63), I63)}),
    2: table({1: CODE16, 2: number(0, 3)}, {3: HASH}),
    3: table({1: N32, 2: N32, 3: N32, 4: N32, 5: N32}),
    4: table({1: number(1, 3), 2: boolean}, {3: N32}),
    5: table({1: HASH, 2: text(32), 3: text(128), 4: boolean}, {5: SHELL_ACT}),
    6: table({1: text(64), 2: HASH, 3: HASH}),
}


def event(value, where):
    table({1: number(1, 6), 2: lambda v, w: None})(value, where)
    EVENTS[value[1]](value[2], f"{where}.2")
    if value[1] == 2:
        need((3 in value[2]) == (value[2][2] == 3), f"{where}: a technician's clearing names the certificate")
    if value[1] == 5 and 5 in value[2]:
        need(value[2][4] == (value[2][5][4] == 2), f"{where}: what is done has succeeded, and nothing else")


BODIES = {
    1: table({1: ledger_id, 2: HASH, 3: data(65), 4: data(64), 5: HASH, 6: text(64), 7: text(64), 8: text(64), 9: HASH,
              10: HASH, 11: number(1, 32), 12: boolean, 13: FACTOR}),
    2: table({1: SESSION, 2: HASH, 3: HASH, 4: HASH, 5: METER, 6: HASH, 7: HASH, 8: N64, 9: READING, 10: ENERGY, 11: FACTOR}),
    3: table({1: SESSION, 2: N32, 3: N32, 4: READING, 5: ENERGY, 6: N32, 7: number(0, 7), 8: number(0, 0)}),
    4: table({1: SESSION, 2: number(1, 6)}),
    5: table({1: SESSION}),
    6: table({1: SESSION, 2: number(1, 17), 3: READING, 4: ENERGY, 5: N32}, {6: CODE16}),
    7: event,
    8: table({1: heads, 2: N64, 3: HASH}),
    9: table({1: METER, 3: METER, 4: READING}, {2: ENERGY, 5: HASH}),
    10: table({1: SESSION, 2: ENERGY, 3: READING, 4: ENERGY}),
    11: table({1: SESSION, 2: ENERGY, 3: READING}),
    12: table({2: UTC, 3: number(0, 3)}, {1: UTC}),
    13: table({1: N32, 2: HASH, 3: data(65), 4: data(64), 5: data(64)}),
    14: table({1: HASH, 2: HASH, 3: text(32), 4: number(1, 3), 5: N32}, {6: HASH}),
    15: table({1: SESSION, 2: number(1, 4), 3: N64, 4: ENERGY, 5: READING}),
    16: table({1: HASH, 2: HASH, 3: number(0, I63), 4: HASH, 5: UTC, 6: data(1, 2048)},
              {7: table({1: data(32), 2: data(64)})}),
    17: table({1: N64, 2: HASH, 3: N64, 4: N64}),
    18: table({1: ledger_id, 2: N64, 3: HASH}),
    19: table({1: ledger_id, 2: ledger_id, 3: N64, 4: HASH}),
}
RECORD = table({1: number(1, 1), 2: HASH, 3: N32, 4: number(1, U64), 5: HASH, 6: number(1, 19), 7: number(1, U32),
                8: TIME, 9: lambda v, w: None})
GENESIS, BEGIN, TICK, PAUSE, RESUME, END, EVENT = 1, 2, 3, 4, 5, 6, 7
ROLLOVER, RESET, KEY_CHANGE, GAP, VOUCHER, ROLLBACK, CLOSE, OPEN = 10, 11, 13, 15, 16, 17, 18, 19
DEVICE_KINDS = {8, 12, KEY_CHANGE, 14, ROLLBACK, CLOSE, OPEN}
OUTSIDE_KINDS = {VOUCHER, BEGIN, 9, ROLLBACK, CLOSE, OPEN}
INSIDE_KINDS = {TICK, PAUSE, RESUME, GAP, ROLLOVER, RESET, END, ROLLBACK}


def body_rules(kind, body):
    """The rules inside one body."""
    if kind == ROLLOVER:
        need(body[3][1] < body[2] < body[4], "rollover: reading < last < modulus does not hold")
    if kind == RESET:
        need(body[3][1] < body[2], "reset: the register did not fall")
    if kind == GAP:
        need(body[5][1] >= body[4], "gap: the register fell")
    if kind == VOUCHER:
        need(sha(body[6]) == body[1], "voucher hash")
    if kind == ROLLBACK:
        need(body[3] > body[1], "rollback: the proved sequence is not ahead")


class Message:
    """One COSE_Sign1 message, taken apart and encoded again."""

    def __init__(self, raw, value):
        need(isinstance(value, cbor2.CBORTag) and value.tag == 18, "not a COSE_Sign1 message")
        parts = value.value
        need(type(parts) is list and len(parts) == 4, "not an array of four")
        protected, unprotected, self.payload, self.signature = parts
        need(protected == PROTECTED, "protected header is not {1: -8}")
        need(type(unprotected) is dict and unprotected == {}, "unprotected header is not empty")
        need(type(self.payload) is bytes and type(self.signature) is bytes, "payload and signature are byte strings")
        need(len(self.signature) == 64, "signature is not 64 bytes")
        need(cbor2.dumps(value, canonical=True) == raw, "the message does not encode to the same bytes")
        need(len(raw) <= 3500, "the message is longer than 3500 bytes")
        self.raw, self.hash = raw, sha(raw)
        self.record = cbor2.loads(self.payload)
        RECORD(self.record, "record")
        need(cbor2.dumps(self.record, canonical=True) == self.payload, "the record does not encode to the same bytes")
        self.device, self.chain, self.sequence = self.record[2], self.record[3], self.record[4]
        self.previous, self.kind, self.epoch, self.body = self.record[5], self.record[6], self.record[7], self.record[9]
        BODIES[self.kind](self.body, "body")
        need(self.record[8][2] == 0 or 1 in self.record[8], "time: a quality above unknown needs a wall time")
        body_rules(self.kind, self.body)
        need(self.kind != TICK or len(raw) <= 430, "a tick is longer than 430 bytes")

    def verify(self, key, ledger):
        try:
            audit.verify(key, self.signature, self.payload, ledger)
        except InvalidSignature:
            raise Fault("signature does not match") from None


def verify_ed25519(key, signature, signed, what):
    try:
        ed25519.Ed25519PublicKey.from_public_bytes(key).verify(signature, signed)
    except (InvalidSignature, ValueError):
        raise Fault(f"{what} does not match") from None


def verify_cross(p256, ed, signature):
    try:
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), p256)
        der = utils.encode_dss_signature(int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
        key.verify(der, b"wattseal-cross-signature/1" + ed, ec.ECDSA(SHA256()))
    except (InvalidSignature, ValueError):
        raise Fault("cross signature does not match") from None


class Session(audit.Session):
    """The sums of one session, and what may stand in it."""

    def __init__(self, body):
        super().__init__(body)
        self.reset, self.paused = False, None

    def accept(self, kind, body):
        """True at the end."""
        if kind != EVENT:
            need(body[1] == self.id, "another session")
        need(not self.reset or kind in (END, EVENT, PAUSE, RESUME), "only end may follow a reset")
        if kind in (PAUSE, RESUME):
            need(self.paused is not (kind == PAUSE), "pause and resume do not alternate")
            self.paused = kind == PAUSE
        if kind in audit.READING:
            self.take(kind, body)
            need(self.total <= I63, "an energy sum does not fit")
        self.reset |= kind == RESET
        return kind == END


class Chain:
    def __init__(self, ledger, previous, outside):
        self.ledger, self.previous = ledger, previous
        self.sequence, self.epoch, self.closing = 0, 1, None
        # None: no session; "?": reading began in the middle.
        self.session = None if outside else "?"
        self.started = previous is not None


class Checker:
    def __init__(self, public_key, ledger):
        self.public_key, self.ledger = public_key, ledger
        self.device = self.genesis = self.keys = None
        self.current, self.chains, self.own, self.count = None, {}, {}, 0

    def accept(self, m):
        need(self.device in (None, m.device), "another device")
        chain = self.chains.get(m.chain)
        if chain is None and m.kind == GENESIS and m.chain == 0:
            chain = self.start_genesis(m)
        elif chain is None:
            chain = self.start(m)
        else:
            need(m.kind != GENESIS, "a second genesis")
        self.device = m.device
        if m.kind != GENESIS:
            self.place(chain, m)
            self.signature(chain, m)
            self.closing(chain, m)
            (self.own_body if m.chain == 0 else self.connector_body)(chain, m)
        chain.started, chain.sequence, chain.previous, chain.epoch = True, m.sequence, m.hash, m.epoch
        if m.chain == 0:
            self.own[m.sequence] = (m.hash, self.current)
        self.count += 1

    def start_genesis(self, m):
        need(m.sequence == 1 and m.previous == bytes(32) and m.epoch == 1, "genesis is not the first record")
        need(sha(m.body[2]) == m.device, "the device id is not the hash of the genesis key")
        verify_cross(m.body[3], m.body[2], m.body[4])
        m.verify(m.body[2], m.body[1])
        need(self.public_key in (None, m.body[2]), "genesis has another key than the one given")
        need(self.ledger in (None, m.body[1]), "genesis names another ledger than the one given")
        self.genesis, self.keys, self.current = m, {1: m.body[2]}, 1
        self.chains[0] = Chain(m.body[1], m.hash, True)
        return self.chains[0]

    def start(self, m):
        if self.genesis is not None and m.sequence == 1:
            need(m.chain <= self.genesis.body[11], "no such connector in genesis")
            chain = Chain(self.genesis.body[1], self.genesis.hash, True)
        else:
            ledger = self.ledger or (self.genesis and self.genesis.body[1])
            need(ledger, "the file does not start with genesis: --chain-id is needed")
            if self.keys is None:
                need(self.public_key, "the file does not start with genesis: --public-key is needed")
                need(m.epoch != 1 or sha(self.public_key) == m.device, "the device id is not the key's hash")
                self.keys, self.current = {m.epoch: self.public_key}, m.epoch
            chain = Chain(ledger, None, m.sequence == 1)
        self.chains[m.chain] = chain
        return chain

    def place(self, chain, m):
        if m.kind == ROLLBACK:
            need(m.sequence == m.body[3] + 1, "rollback: sequence is not the proved one plus one")
            if not chain.started or (m.sequence == chain.sequence + 1 and m.previous == chain.previous):
                return
            known = chain.previous if chain.sequence else bytes(32)
            need((m.body[1], m.body[2]) == (chain.sequence, known), "rollback: not behind the record that it names")
            return
        if chain.started:
            need(m.sequence == chain.sequence + 1, f"sequence {m.sequence}, expected {chain.sequence + 1}")
            need(m.previous == chain.previous, "previous is not the hash of the record before")

    def signature(self, chain, m):
        need(m.epoch >= chain.epoch, "key epoch went back")
        need(m.epoch in self.keys and (m.chain != 0 or m.epoch == self.current), f"key epoch {m.epoch} is not known")
        m.verify(self.keys[m.epoch], m.body[2] if m.kind == OPEN else chain.ledger)

    def closing(self, chain, m):
        if chain.closing is not None:
            need(m.kind == OPEN, "only open may follow close")
            expected = (chain.ledger, *chain.closing)
            need((m.body[1], m.body[2], m.body[3], m.body[4]) == expected, "open does not match close")
            chain.ledger, chain.closing = m.body[2], None
        elif m.kind == OPEN:
            need(not chain.started and m.body[2] == chain.ledger, "open without close")
        if m.kind == CLOSE:
            chain.closing = (m.body[1], m.body[2], m.body[3])

    def own_body(self, chain, m):
        if m.kind == EVENT:
            need(m.body[1] in (1, 2, 5, 6), "this event does not belong in the device's chain")
            return
        need(m.kind in DEVICE_KINDS, f"kind {m.kind} does not belong in the device's chain")
        if m.kind == KEY_CHANGE:
            epoch, ed, p256, cross, own = (m.body[key] for key in range(1, 6))
            need(epoch == m.epoch + 1, "key change: new epoch")
            verify_cross(p256, ed, cross)
            statement = ["wattseal-key-change/1", m.device, m.sequence, m.previous, epoch, ed, p256]
            verify_ed25519(ed, own, cbor2.dumps(statement), "key change: the new key's signature")
            self.keys[epoch], self.current = ed, epoch

    def connector_body(self, chain, m):
        kind = m.kind
        if chain.session == "?":
            if kind == END or (kind not in INSIDE_KINDS and not (kind == EVENT and m.body[1] in (1, 2))):
                chain.session = None
            if kind == END or chain.session == "?":
                return
        if isinstance(chain.session, Session):
            if kind == ROLLBACK:
                chain.session = None
                return
            need(kind in INSIDE_KINDS or (kind == EVENT and m.body[1] in (1, 2)), f"kind {kind} inside a session")
            if chain.session.accept(kind, m.body):
                chain.session = None
            return
        need(kind in OUTSIDE_KINDS or (kind == EVENT and m.body[1] in (1, 2, 3, 4)), f"kind {kind} outside a session")
        if kind == BEGIN:
            derived = sha(cbor2.dumps([m.body[2], m.device, m.chain, m.sequence]))[:16]
            need(m.body[1] == derived, "the session id is not the derived one")
            if self.genesis is not None:
                need(m.body[11] == self.genesis.body[13], "energy factor is not genesis's")
                need(m.body[8] in self.own, "begin names a device record that is not here")
            if m.body[8] in self.own:
                need(self.own[m.body[8]] == (m.body[7], m.epoch), "begin names another device record or key epoch")
            chain.session = Session(m.body)


def check(raw, public_key, ledger):
    """Checks a whole file; raises Fault with the offset of the message at fault."""
    checker = Checker(public_key, ledger)
    stream = io.BytesIO(raw)
    need(raw, "byte 0: the file has no records")
    while stream.tell() < len(raw):
        start = stream.tell()
        try:
            value = cbor2.CBORDecoder(stream).decode()
            checker.accept(Message(raw[start:stream.tell()], value))
        except Fault as fault:
            raise Fault(f"byte {start}: {fault}") from None
        except (cbor2.CBORDecodeError, cbor2.CBOREncodeError, ValueError, TypeError, OverflowError, RecursionError,
                MemoryError, EOFError) as error:
            raise Fault(f"byte {start}: not CBOR of this format ({type(error).__name__}: {error})") from None
    return checker


def main():
    parser = argparse.ArgumentParser(description="Checks an export of signed records.")
    parser.add_argument("file")
    parser.add_argument("--public-key", type=bytes.fromhex)
    parser.add_argument("--chain-id")
    parser.add_argument("--flip-every", type=int)
    arguments = parser.parse_args()
    with open(arguments.file, "rb") as file:
        raw = file.read()
    try:
        checker = check(raw, arguments.public_key, arguments.chain_id)
        for index in range(0, len(raw), arguments.flip_every or len(raw) + 1):
            flipped = bytearray(raw)
            flipped[index] ^= 0x10
            if arguments.flip_every:
                try:
                    check(bytes(flipped), arguments.public_key, arguments.chain_id)
                except Fault:
                    continue
                raise Fault(f"byte {index}: a flipped bit went unseen")
    except Fault as fault:
        print(fault, file=sys.stderr)
        return 1
    print(f"{checker.count} records, {len(checker.chains)} chains, device {checker.device.hex()}: verified")
    return 0


if __name__ == "__main__":
    sys.exit(main())
