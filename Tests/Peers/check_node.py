#!/usr/bin/env python3
"""Checks a running node without any code of this project: python3 check_node.py URL [--key KEY] [--absent KEY] [--height N].

Fetches /status, /commit, /validators and /abci_query; recomputes the header hashes and the validator-set hash, checks
every commit signature over vote sign bytes built here, and one proof of presence and one of absence in the sparse Merkle
tree against the app hash of the next header. Needs cbor2 (below 6) and cryptography. Exits 1 with the reason."""

import argparse
import base64
import hashlib
import json
import re
import sys
import urllib.error
import urllib.parse
import urllib.request
from datetime import datetime, timezone

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


class Refused(Exception):
    pass


def require(condition, reason):
    if not condition:
        raise Refused(reason)


def sha(data):
    return hashlib.sha256(data).digest()


# --- protobuf, as far as CometBFT hashes and signs it

def uvarint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def int_field(number, value):
    return b"" if value == 0 else uvarint(number << 3) + uvarint(value & (1 << 64) - 1)


def sfixed64_field(number, value):
    return b"" if value == 0 else uvarint(number << 3 | 1) + value.to_bytes(8, "little", signed=True)


def message_field(number, body):
    return uvarint(number << 3 | 2) + uvarint(len(body)) + body


def bytes_field(number, body):
    return message_field(number, body) if body else b""


def timestamp(text):
    match = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z", text)
    require(match, f"time {text!r} is not RFC 3339 UTC")
    whole = datetime.strptime(match[1], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc)
    seconds = int(whole.timestamp())
    return seconds, int((match[2] or "").ljust(9, "0") or 0)


def timestamp_proto(text):
    seconds, nanos = timestamp(text)
    return int_field(1, seconds) + int_field(2, nanos)


def block_id_proto(block_id):
    parts = int_field(1, block_id["parts"]["total"]) + bytes_field(2, bytes.fromhex(block_id["parts"]["hash"]))
    return bytes_field(1, bytes.fromhex(block_id["hash"])) + message_field(2, parts)


# --- hashes

def merkle(items):
    if not items:
        return sha(b"")
    if len(items) == 1:
        return sha(b"\x00" + items[0])
    split = 1
    while split * 2 < len(items):
        split *= 2
    return sha(b"\x01" + merkle(items[:split]) + merkle(items[split:]))


def header_hash(header):
    version = header["version"]
    items = [
        int_field(1, int(version.get("block", "0"))) + int_field(2, int(version.get("app", "0"))),
        bytes_field(1, header["chain_id"].encode()),
        int_field(1, int(header["height"])),
        timestamp_proto(header["time"]),
        block_id_proto(header["last_block_id"]),
    ]
    names = ("last_commit_hash", "data_hash", "validators_hash", "next_validators_hash", "consensus_hash", "app_hash",
             "last_results_hash", "evidence_hash", "proposer_address")
    items += [bytes_field(1, bytes.fromhex(header[name])) for name in names]
    return merkle(items)


def validator_item(validator):
    require(validator["pub_key"]["type"] == "tendermint/PubKeyEd25519", "a validator's key is not Ed25519")
    key = base64.b64decode(validator["pub_key"]["value"], validate=True)
    require(len(key) == 32, "a validator's key is not 32 bytes")
    require(sha(key)[:20] == bytes.fromhex(validator["address"]), f"address {validator['address']} is not its key's")
    return message_field(1, message_field(1, key)) + int_field(2, int(validator["voting_power"]))


def sign_bytes(chain_id, commit, entry):
    block_id = message_field(4, block_id_proto(commit["block_id"])) if entry["block_id_flag"] == 2 else b""
    vote = (int_field(1, 2) + sfixed64_field(2, int(commit["height"])) + sfixed64_field(3, int(commit["round"]))
            + block_id + message_field(5, timestamp_proto(entry["timestamp"])) + bytes_field(6, chain_id.encode()))
    return uvarint(len(vote)) + vote


# --- the node

class Node:
    def __init__(self, url):
        self.url = url.rstrip("/")

    def get(self, method, **arguments):
        query = "?" + urllib.parse.urlencode(arguments) if arguments else ""
        try:
            with urllib.request.urlopen(f"{self.url}/{method}{query}", timeout=10) as answer:
                reply = json.load(answer)
        except urllib.error.HTTPError as error:
            raise Refused(f"/{method}: HTTP {error.code}: {error.read()[:200]!r}")
        except OSError as error:
            raise Refused(f"/{method}: {error}")
        require("result" in reply, f"/{method}: {reply.get('error')}")
        return reply["result"]

    def validators(self, height):
        found, page = [], 1
        while True:
            answer = self.get("validators", height=height, page=page, per_page=2)
            require(int(answer["block_height"]) == height, "/validators answers for another height")
            found += answer["validators"]
            if len(found) >= int(answer["total"]):
                return found
            require(answer["validators"], "/validators: an empty page before the last")
            page += 1


def verified_header(node, chain_id, height):
    """The header of a height, its hash recomputed and more than two thirds of its validators' signatures checked."""
    signed = node.get("commit", height=height)["signed_header"]
    header, commit = signed["header"], signed["commit"]
    require(header["chain_id"] == chain_id, f"header {height} is of chain {header['chain_id']}")
    require(int(header["height"]) == height == int(commit["height"]), f"asked for height {height}, got another")
    require(header_hash(header) == bytes.fromhex(commit["block_id"]["hash"]), f"header {height} does not hash to its id")
    validators = node.validators(height)
    expected = bytes.fromhex(header["validators_hash"])
    require(merkle([validator_item(each) for each in validators]) == expected, f"validators of {height}: wrong hash")
    order = [(-int(each["voting_power"]), each["address"]) for each in validators]
    require(order == sorted(order), f"validators of {height} are not in order")
    require(len(commit["signatures"]) == len(validators), f"commit {height}: wrong number of signatures")
    power = 0
    for entry, validator in zip(commit["signatures"], validators):
        if entry["block_id_flag"] == 1:
            continue
        require(entry["validator_address"] == validator["address"], f"commit {height}: an entry at another's place")
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(validator["pub_key"]["value"]))
        try:
            key.verify(base64.b64decode(entry["signature"]), sign_bytes(chain_id, commit, entry))
        except InvalidSignature:
            raise Refused(f"commit {height}: the signature of {validator['address']} does not hold")
        if entry["block_id_flag"] == 2:
            power += int(validator["voting_power"])
    total = sum(int(each["voting_power"]) for each in validators)
    require(power * 3 > total * 2, f"commit {height}: power {power} of {total}")
    return header, signed, len(validators)


# --- sparse Merkle proofs (ICS-23, smt)

def fields(data):
    found, place = [], 0

    def varint():
        nonlocal place
        value, shift = 0, 0
        while True:
            require(place < len(data), "a proof is cut short")
            byte = data[place]
            place += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while place < len(data):
        tag = varint()
        if tag & 7 == 0:
            found.append((tag >> 3, varint()))
        elif tag & 7 == 2:
            length = varint()
            require(place + length <= len(data), "a proof is cut short")
            found.append((tag >> 3, data[place:place + length]))
            place += length
        else:
            raise Refused(f"a proof has wire type {tag & 7}")
    return found


EMPTY = bytes(32)


class Existence:
    """A leaf's way to the root; `steps` from the leaf up as (went right, sibling)."""

    def __init__(self, data):
        self.key, self.value, leaf, self.steps = b"", b"", None, []
        for number, body in fields(data):
            if number == 1:
                self.key = body
            elif number == 2:
                self.value = body
            elif number == 3:
                leaf = body
            elif number == 4:
                self.steps.append(self.step(dict(fields(body))))
            else:
                raise Refused(f"an existence proof with field {number}")
        # hash SHA-256, both prehashes SHA-256, no length, prefix 00
        require(leaf is not None and dict(fields(leaf)) == {1: 1, 2: 1, 3: 1, 5: b"\x00"}, "the leaf operator is not smt's")
        require(self.key and self.value and len(self.steps) <= 256, "an existence proof without key or value")
        self.path = sha(self.key)

    @staticmethod
    def step(op):
        prefix, suffix = op.get(2, b""), op.get(3, b"")
        require(op.get(1) == 1 and prefix[:1] == b"\x01" and set(op) <= {1, 2, 3}, "an inner operator is not smt's")
        if len(prefix) == 1 and len(suffix) == 32:
            return False, suffix
        require(len(prefix) == 33 and not suffix, "an inner operator has wrong lengths")
        return True, prefix[1:]

    def root(self):
        # The sides follow from the key's hash, from the root down.
        for depth, (right, _) in enumerate(reversed(self.steps)):
            bit = self.path[depth // 8] >> (7 - depth % 8) & 1
            require(bit == right, "a step goes against the key's hash")
        node = sha(b"\x00" + self.path + sha(self.value))
        for right, sibling in self.steps:
            node = sha(b"\x01" + (sibling + node if right else node + sibling))
        return node


def check_presence(data, root, key, value):
    outer = fields(data)
    require(len(outer) == 1 and outer[0][0] == 1, "not an existence proof")
    proof = Existence(outer[0][1])
    require(proof.key == key and proof.value == value, "the proof is about another key or value")
    require(proof.root() == root, "the proof of presence does not lead to the app hash")


def check_absence(data, root, key):
    outer = fields(data)
    require(len(outer) == 1 and outer[0][0] == 2, "not a non-existence proof")
    parts = dict(fields(outer[0][1]))
    require(parts.get(1) == key and set(parts) <= {1, 2, 3}, "the absence proof is about another key")
    left, right = (Existence(parts[n]) if n in parts else None for n in (2, 3))
    require(left or right, "an absence proof without a neighbour")
    path = sha(key)
    for neighbour in (left, right):
        require(neighbour is None or neighbour.root() == root, "a neighbour does not lead to the app hash")
    require(left is None or left.path < path, "the left neighbour is not left of the key")
    require(right is None or path < right.path, "the right neighbour is not right of the key")

    def edge(steps, to_right):
        return all(right == to_right or sibling == EMPTY for right, sibling in steps)

    if right is None:
        require(edge(left.steps, True), "the left neighbour is not right-most")
    elif left is None:
        require(edge(right.steps, False), "the right neighbour is not left-most")
    else:
        below, above = list(left.steps), list(right.steps)
        while below and above and below[-1] == above[-1]:
            below.pop()
            above.pop()
        require(below and above, "the neighbours' ways do not part")
        require(not below.pop()[0] and above.pop()[0], "the neighbours part the wrong way round")
        require(edge(below, True) and edge(above, False), "something may stand between the neighbours")


def query(node, key, height):
    response = node.get("abci_query", path='"/key"', data="0x" + key.hex(), height=height, prove="true")["response"]
    require(response["code"] == 0, f"/abci_query: code {response['code']}: {response['log']}")
    require(base64.b64decode(response["key"]) == key, "/abci_query answers for another key")
    ops = response["proofOps"]["ops"]
    require(len(ops) == 1 and ops[0]["type"] == "ics23:smt", "/abci_query: expected one ics23:smt operator")
    require(base64.b64decode(ops[0]["key"]) == key, "the operator is about another key")
    value = base64.b64decode(response["value"]) if response["value"] else None
    return int(response["height"]), value, base64.b64decode(ops[0]["data"])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--key", default="parameters", help="a key that is present")
    parser.add_argument("--absent", default="account/" + "00" * 32, help="a key that is absent")
    parser.add_argument("--height", type=int, default=0, help="the state's height (default: the newest provable)")
    arguments = parser.parse_args()
    node = Node(arguments.url)
    status = node.get("status")
    chain_id = status["node_info"]["network"]
    latest = int(status["sync_info"]["latest_block_height"])
    require(latest >= 2, f"the chain stands at height {latest}")

    height, value, proof = query(node, arguments.key.encode(), arguments.height)
    require(value is not None, f"{arguments.key} is absent")
    header, signed, count = verified_header(node, chain_id, height + 1)
    app_hash = bytes.fromhex(header["app_hash"])
    check_presence(proof, app_hash, arguments.key.encode(), value)
    decoded = cbor2.loads(value)
    require(isinstance(decoded, list), f"{arguments.key} is not a CBOR array")
    require(cbor2.dumps(decoded, canonical=True) == value, f"{arguments.key} is not deterministic CBOR")

    same, nothing, absence = query(node, arguments.absent.encode(), height)
    require(same == height, "/abci_query answers for another height")
    require(nothing is None, f"{arguments.absent} is present")
    check_absence(absence, app_hash, arguments.absent.encode())

    # The header before it: linked by hash, by its commit's hash, and earlier.
    before, before_signed, _ = verified_header(node, chain_id, height)
    require(header["last_block_id"] == before_signed["commit"]["block_id"], "the headers are not linked")
    entries = []
    for entry in before_signed["commit"]["signatures"]:
        entries.append(
            int_field(1, entry["block_id_flag"]) + bytes_field(2, bytes.fromhex(entry["validator_address"]))
            + message_field(3, timestamp_proto(entry["timestamp"]))
            + bytes_field(4, base64.b64decode(entry["signature"] or "")))
    require(merkle(entries) == bytes.fromhex(header["last_commit_hash"]), "the last commit's hash is wrong")
    require(timestamp(before["time"]) < timestamp(header["time"]), "header times do not rise")
    require(before["next_validators_hash"] == header["validators_hash"], "the validators are not the announced ones")
    print(f"ok: chain {chain_id}, header {height + 1} with {count} signatures, {arguments.key} present, "
          f"{arguments.absent} absent after height {height}")


if __name__ == "__main__":
    try:
        main()
    except Refused as reason:
        print(f"check_node: {reason}", file=sys.stderr)
        sys.exit(1)
    except (KeyError, IndexError, TypeError, ValueError) as reason:
        print(f"check_node: an answer has another shape: {reason!r}", file=sys.stderr)
        sys.exit(1)
