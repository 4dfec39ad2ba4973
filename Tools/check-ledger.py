#!/usr/bin/env python3
"""Checks a ledger node's answers from the outside, without any code of ours.

  check-ledger.py URL [--from H] [--to H] [--per-page N] [--key HEX]… [--trust-hash HEX] [--record FILE]
  check-ledger.py --replay FILE …        the same over answers that were recorded, without a node

For each height: header hash, validator set and its hash, every signature, more than two thirds of the power, the commit that
the next header hashes, BFT time, links to the height before, transactions, results, evidence, the block's parts, and that the
changes of a block are the ones that sign two blocks later. For each key: its value or its absence, by ICS-23 proof under the
next header's app hash. Prints one line; exits 1 with the reason at the first thing that is wrong.
Needs Python's own library and `cryptography`."""
import argparse, base64, calendar, hashlib, json, re, sys, time, urllib.error, urllib.parse, urllib.request
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

EMPTY_CHILD = bytes(32)
ABSENT, COMMIT, NIL = 1, 2, 3

class Wrong(Exception): pass
def need(holds, otherwise):
    if not holds: raise Wrong(otherwise)
def sha(data): return hashlib.sha256(data).digest()
def unhex(text): return bytes.fromhex(text)
def unbase(text): return base64.b64decode(text or "", validate=True)

# --- protobuf: what CometBFT hashes and signs
def varint(value):
    value, out = value & (1 << 64) - 1, bytearray()
    while value >= 0x80: out.append(value & 0x7F | 0x80); value >>= 7
    return bytes(out) + bytes([value])
def number(field, value): return varint(field << 3) + varint(value) if value else b""
def message(field, body): return varint(field << 3 | 2) + varint(len(body)) + body
def octets(field, body): return message(field, body) if body else b""
def fixed(field, value): return varint(field << 3 | 1) + value.to_bytes(8, "little", signed=True) if value else b""
def fields(data):
    """A message's fields, by number; varints as integers."""
    found, at = {}, 0
    def next_varint():
        nonlocal at
        value = shift = 0
        while True:
            need(at < len(data) and shift < 64, "a proof is cut short")
            byte = data[at]; at += 1; value |= (byte & 0x7F) << shift; shift += 7
            if byte < 0x80: return value
    while at < len(data):
        tag = next_varint()
        need(tag & 7 in (0, 2), "a proof has a field of another type")
        value = next_varint()
        if tag & 7 == 2:
            need(at + value <= len(data), "a proof is cut short")
            at, value = at + value, data[at:at + value]
        found.setdefault(tag >> 3, []).append(value)
    return found

def merkle(items):
    if not items: return sha(b"")
    if len(items) == 1: return sha(b"\0" + items[0])
    half = 1 << (len(items) - 1).bit_length() - 1
    return sha(b"\1" + merkle(items[:half]) + merkle(items[half:]))

# --- time, block ids, headers, votes
def instant(text):
    """RFC 3339 as (seconds, nanoseconds)."""
    parts = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z", text)
    need(parts, f"{text!r} is no time")
    return calendar.timegm(time.strptime(parts[1], "%Y-%m-%dT%H:%M:%S")), int((parts[2] or "").ljust(9, "0"))
def timestamp(text):
    seconds, nanoseconds = instant(text)
    return number(1, seconds) + number(2, nanoseconds)
def block_id(value):
    parts = number(1, value["parts"]["total"]) + octets(2, unhex(value["parts"]["hash"]))
    return octets(1, unhex(value["hash"])) + message(2, parts)
HASHES = ("last_commit_hash", "data_hash", "validators_hash", "next_validators_hash", "consensus_hash", "app_hash",
          "last_results_hash", "evidence_hash", "proposer_address")
def version(header): return number(1, int(header["version"]["block"])) + number(2, int(header["version"].get("app", 0)))
def header_hash(header):
    items = [version(header), octets(1, header["chain_id"].encode()), number(1, int(header["height"])),
             timestamp(header["time"]), block_id(header["last_block_id"])]
    return merkle(items + [octets(1, unhex(header[name])) for name in HASHES])
def header_message(header):
    start = (message(1, version(header)) + octets(2, header["chain_id"].encode()) + number(3, int(header["height"]))
             + message(4, timestamp(header["time"])) + message(5, block_id(header["last_block_id"])))
    return start + b"".join(octets(6 + place, unhex(header[name])) for place, name in enumerate(HASHES))
def entry_message(entry):
    return (number(1, entry["block_id_flag"]) + octets(2, unhex(entry["validator_address"]))
            + message(3, timestamp(entry["timestamp"])) + octets(4, unbase(entry["signature"])))
def commit_message(commit):
    return (number(1, int(commit["height"])) + number(2, commit["round"]) + message(3, block_id(commit["block_id"]))
            + b"".join(message(4, entry_message(entry)) for entry in commit["signatures"]))
def sign_bytes(chain, commit, entry):
    vote = number(1, 2) + fixed(2, int(commit["height"])) + fixed(3, commit["round"])
    if entry["block_id_flag"] == COMMIT: vote += message(4, block_id(commit["block_id"]))
    vote += message(5, timestamp(entry["timestamp"])) + octets(6, chain.encode())
    return varint(len(vote)) + vote

# --- validators and commits
def read_validators(answers, height, per_page):
    members, page = [], 1
    while True:
        answer = answers.ask(f"/validators?height={height}&page={page}&per_page={per_page}")
        need(int(answer["block_height"]) == height, f"validators of {answer['block_height']}, asked for {height}")
        need(int(answer["count"]) == len(answer["validators"]) > 0, f"height {height}: page {page} miscounts")
        members += answer["validators"]
        if len(members) >= int(answer["total"]): break
        page += 1
    need(len(members) == int(answer["total"]), f"height {height}: {len(members)} validators of {answer['total']}")
    for member in members:
        need(member["pub_key"]["type"] == "tendermint/PubKeyEd25519", "a key of another type")
        need(sha(unbase(member["pub_key"]["value"]))[:20] == unhex(member["address"]), f"{member['address']}: not its key's")
    order = [(-int(member["voting_power"]), unhex(member["address"])) for member in members]
    need(order == sorted(order), f"height {height}: validators out of order")
    need(len({address for _, address in order}) == len(order), f"height {height}: a validator twice")
    return members
def set_hash(members):
    return merkle([message(1, octets(1, unbase(m["pub_key"]["value"]))) + number(2, int(m["voting_power"])) for m in members])
def check_commit(chain, commit, members, height):
    """Every signature; returns how many there are."""
    need(int(commit["height"]) == height, f"the commit of {height} is of {commit['height']}")
    need(len(commit["signatures"]) == len(members), f"height {height}: {len(commit['signatures'])} votes of {len(members)}")
    signed = checked = 0
    for entry, member in zip(commit["signatures"], members):
        if entry["block_id_flag"] == ABSENT:
            need(not entry["validator_address"] and not entry["signature"]
                 and instant(entry["timestamp"])[0] == -62135596800, f"height {height}: an absent vote with contents")
            continue
        need(entry["block_id_flag"] in (COMMIT, NIL), f"height {height}: unknown flag")
        need(entry["validator_address"] == member["address"], f"height {height}: a vote in another's place")
        key = Ed25519PublicKey.from_public_bytes(unbase(member["pub_key"]["value"]))
        try: key.verify(unbase(entry["signature"]), sign_bytes(chain, commit, entry))
        except InvalidSignature: raise Wrong(f"height {height}: the signature of {member['address']} is wrong") from None
        checked += 1
        if entry["block_id_flag"] == COMMIT: signed += int(member["voting_power"])
    total = sum(int(member["voting_power"]) for member in members)
    need(signed * 3 > total * 2, f"height {height}: {signed} of {total} signed")
    return checked
def median_time(commit, members):
    powers = {member["address"]: int(member["voting_power"]) for member in members}
    votes = sorted((instant(e["timestamp"]), powers[e["validator_address"]])
                   for e in commit["signatures"] if e["block_id_flag"] != ABSENT)
    rest = sum(power for _, power in votes) // 2
    for when, power in votes:
        if rest <= power: return when
        rest -= power

# --- one height
def result_item(result):
    return (number(1, result["code"]) + octets(2, unbase(result["data"])) + number(5, int(result["gas_wanted"]))
            + number(6, int(result["gas_used"])))
def check_block(height, block, header, commit):
    transactions = [unbase(text) for text in block["data"]["txs"]]
    need(header_hash(block["header"]) == header_hash(header), f"height {height}: /block has another header")
    need(merkle([sha(t) for t in transactions]) == unhex(header["data_hash"]), f"height {height}: other transactions")
    need(merkle([entry_message(e) for e in block["last_commit"]["signatures"]]) == unhex(header["last_commit_hash"]),
         f"height {height}: another last commit")
    if block["evidence"]["evidence"]: return  # its encoding is not read here; the header is, and what it hashes to is signed
    need(unhex(header["evidence_hash"]) == sha(b""), f"height {height}: the evidence is left out")
    encoded = (message(1, header_message(header)) + message(2, b"".join(message(1, t) for t in transactions))
               + message(3, b"") + message(4, commit_message(block["last_commit"])))
    parts = [encoded[at:at + 65536] for at in range(0, len(encoded), 65536)]
    stated = commit["block_id"]["parts"]
    need((stated["total"], unhex(stated["hash"])) == (len(parts), merkle(parts)), f"height {height}: other parts")
def check_link(before, now):
    height, header, older = now["height"], now["header"], before["header"]
    need(block_id(header["last_block_id"]) == block_id(before["commit"]["block_id"]), f"height {height}: another predecessor")
    need(header["validators_hash"] == older["next_validators_hash"], f"height {height}: validators that nobody named")
    need(commit_message(now["block"]["last_commit"]) == commit_message(before["commit"]), f"height {height}: another commit")
    need(instant(header["time"]) == median_time(before["commit"], before["validators"]) > instant(older["time"]),
         f"height {height}: its time is not the median of the last votes")
    items = [result_item(result) for result in before["results"]["txs_results"] or []]
    need(len(items) == len(before["block"]["data"]["txs"]), f"height {height - 1}: results are missing")
    need(merkle(items) == unhex(header["last_results_hash"]), f"height {height - 1}: other results")
def check_changes(changing, after, effective):
    powers = {m["pub_key"]["value"]: int(m["voting_power"]) for m in after["validators"]}
    for update in changing["results"]["validator_updates"] or []:
        powers[update["pub_key"]["Sum"]["value"]["ed25519"]] = int(update.get("power", 0))
    found = {m["pub_key"]["value"]: int(m["voting_power"]) for m in effective["validators"]}
    need(found == {key: power for key, power in powers.items() if power},
         f"height {effective['height']}: not the validators that block {changing['height']} made")

# --- ICS-23, sparse Merkle tree
def existence(proof, key_hash=None):
    """The root, the key's hash, and the steps from the leaf up as (is a left child, sibling)."""
    parts = fields(proof)
    key, value, leaf = parts[1][0], parts[2][0], fields(parts[3][0])
    need(leaf == {1: [1], 2: [1], 3: [1], 5: [b"\0"]}, "a leaf of another tree")
    need(key and value, "a leaf without key or value")
    node, steps = sha(b"\0" + sha(key) + sha(value)), []
    need(len(parts.get(4, [])) <= 256, "a path too long")
    for step in map(fields, parts.get(4, [])):
        prefix, suffix = step.get(2, [b""])[0], step.get(3, [b""])[0]
        need(step.get(1) == [1] and prefix[:1] == b"\1", "a step of another tree")
        need((len(prefix), len(suffix)) in ((1, 32), (33, 0)), "a step of another size")
        steps.append((len(prefix) == 1, suffix or prefix[1:]))
        node = sha(prefix + node + suffix)
    # Where a leaf stands is its key's hash, bit by bit from the root.
    bits = int.from_bytes(sha(key), "big")
    for depth, (is_left, _) in enumerate(reversed(steps)):
        need(is_left == (bits >> 255 - depth & 1 == 0), "a leaf in another's place")
    return node, key, value, steps
def check_absence(proof, key, root):
    sides = {number: existence(proof[number][0]) for number in (2, 3) if number in proof}
    need(sides and proof[1] == [key], "an absence proof of another key")
    need(all(side[0] == root for side in sides.values()), "an absence proof under another root")
    left, right = sides.get(2), sides.get(3)
    need(not left or sha(left[1]) < sha(key), "the left neighbour is not left")
    need(not right or sha(key) < sha(right[1]), "the right neighbour is not right")
    lower, upper = (list(left[3]) if left else []), (list(right[3]) if right else [])
    if left and right:
        while lower and upper and lower[-1] == upper[-1]: lower.pop(); upper.pop()
        need(lower and upper and lower.pop()[0] and not upper.pop()[0], "the neighbours are none")
    need(all(not is_left or sibling == EMPTY_CHILD for is_left, sibling in lower), "something stands right of the left one")
    need(all(is_left or sibling == EMPTY_CHILD for is_left, sibling in upper), "something stands left of the right one")
def check_key(answers, key, height, app_hash):
    """True where the key is there, False where it is proved not to be."""
    answer = answers.ask(f'/abci_query?path="/key"&data=0x{key.hex()}&height={height}&prove=true')["response"]
    need(answer["code"] == 0 and int(answer["height"]) == height, f"key {key.hex()}: no answer for height {height}")
    need(unbase(answer["key"]) == key, f"key {key.hex()}: an answer about another key")
    operations, value = answer["proofOps"]["ops"] if answer["proofOps"] else [], unbase(answer["value"])
    need([o["type"] for o in operations] == ["ics23:smt"] and unbase(operations[0]["key"]) == key, "other operators")
    proof = fields(unbase(operations[0]["data"]))
    if value:
        need(set(proof) == {1}, f"key {key.hex()}: no proof of presence")
        root, proved_key, proved_value, _ = existence(proof[1][0])
        need((root, proved_key, proved_value) == (app_hash, key, value), f"key {key.hex()}: the proof is another one")
    else:
        need(set(proof) == {2}, f"key {key.hex()}: no proof of absence")
        check_absence(fields(proof[2][0]), key, app_hash)
    return bool(value)

class Answers:
    """A node's answers, or those that were recorded."""
    def __init__(self, url, replay):
        self.url, self.seen = url, json.load(open(replay)) if replay else {}
        self.is_recorded = replay is not None
    def ask(self, target):
        if target not in self.seen:
            need(not self.is_recorded, f"{target} was not recorded")
            quoted = urllib.parse.quote(target, safe="/?&=")
            with urllib.request.urlopen(self.url + quoted, timeout=20) as reply: self.seen[target] = json.load(reply)
        need("result" in self.seen[target], f"{target}: {self.seen[target].get('error')}")
        return self.seen[target]["result"]

def main():
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("url", nargs="?")
    for name in ("--from", "--to", "--per-page"): words.add_argument(name, type=int, dest=name[2:].replace("-", "_") + "_")
    words.add_argument("--key", action="append", default=[], type=unhex)
    for name in ("--trust-hash", "--record", "--replay"): words.add_argument(name)
    options = words.parse_args()
    if not (options.url or options.replay): words.error("a URL or --replay is needed")
    answers = Answers(options.url, options.replay)
    status = answers.ask("/status")
    first = options.from_ or int(status["sync_info"]["earliest_block_height"])
    # The newest block's commit is the node's own; the one below it is the chain's.
    last = options.to_ or int(status["sync_info"]["latest_block_height"]) - 1
    chain, heights, signatures, sets = status["node_info"]["network"], [], 0, set()
    need(last > first, f"from {first} to {last} is too little to check")
    for height in range(first, last + 1):
        signed = answers.ask(f"/commit?height={height}")["signed_header"]
        now = {"height": height, "header": signed["header"], "commit": signed["commit"],
               "validators": read_validators(answers, height, options.per_page_ or 30),
               "block": answers.ask(f"/block?height={height}")["block"], "results": answers.ask(f"/block_results?height={height}")}
        header, members = now["header"], now["validators"]
        need((header["chain_id"], int(header["height"]), header["version"]["block"]) == (chain, height, "11"),
             f"height {height}: a header of {header['chain_id']} {header['height']}")
        need(header_hash(header) == unhex(now["commit"]["block_id"]["hash"]), f"height {height}: the commit is another header's")
        need(set_hash(members) == unhex(header["validators_hash"]), f"height {height}: other validators than the header's")
        need(header["proposer_address"] in [member["address"] for member in members], f"height {height}: a stranger proposed")
        signatures += check_commit(chain, now["commit"], members, height)
        check_block(height, now["block"], header, now["commit"])
        if heights: check_link(heights[-1], now)
        elif options.trust_hash: need(header_hash(header) == unhex(options.trust_hash), f"height {height}: not the trusted hash")
        if len(heights) > 1: check_changes(heights[-2], heights[-1], now)
        heights.append(now); sets.add(header["validators_hash"])
    presence = [check_key(answers, key, last - 1, unhex(heights[-1]["header"]["app_hash"])) for key in options.key]
    if options.record: json.dump(answers.seen, open(options.record, "w"))
    print(f"checked {chain} heights {first} to {last}: {len(sets)} validator sets, {signatures} signatures, "
          f"{sum(presence)} keys present, {len(presence) - sum(presence)} absent")

if __name__ == "__main__":
    try: main()
    except (Wrong, KeyError, IndexError, TypeError, ValueError, OSError) as error:
        sys.exit(f"check-ledger: {type(error).__name__ + ': ' if not isinstance(error, Wrong) else ''}{error}")
