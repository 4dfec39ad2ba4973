#!/usr/bin/env python3
"""Changes recorded answers of a node, one thing at a time, and expects the checker to find each.

usage: tampered_ledger.py CHECKER RECORDING WORDS…        WORDS are the checker's other arguments

Prints a line for each change, and `found N of N` at the end; exits 1 where one was not found. Python's own library only."""

import base64
import copy
import json
import re
import subprocess
import sys
import tempfile

checker, recording, words = sys.argv[1], sys.argv[2], sys.argv[3:]
with open(recording) as file:
    honest = json.load(file)


def heights(call):
    """The recorded answers of a call, by height, pages apart."""
    found = {}
    for target, answer in sorted(honest.items()):
        match = re.fullmatch(rf"/{call}\?height=(\d+)(?:&page=(\d+).*)?", target)
        if match:
            found.setdefault(int(match[1]), []).append(target)
    return found


def flipped(text):
    """Hexadecimal with its last digit changed."""
    return text[:-1] + ("0" if text[-1] != "0" else "1")


def flipped64(text):
    data = bytearray(base64.b64decode(text))
    data[len(data) // 2] ^= 1
    return base64.b64encode(data).decode()


def commit(answers, height):
    return answers[f"/commit?height={height}"]["result"]["signed_header"]


def first(answers, call, height):
    return answers[heights(call)[height][0]]["result"]


def queries(answers, present):
    for target, answer in answers.items():
        if target.startswith("/abci_query") and bool(answer["result"]["response"]["value"]) == present:
            yield answer["result"]["response"]


middle = sorted(heights("commit"))[len(heights("commit")) // 2]
with_transactions = next(h for h in sorted(heights("block"))
                         if first(honest, "block", h)["block"]["data"]["txs"] and h < max(heights("block")))
changing = next(h for h in sorted(heights("block_results"))
                if first(honest, "block_results", h)["validator_updates"] and h + 2 in heights("block_results"))
tampers = {}


def tamper(name):
    def take(change):
        tampers[name] = change
    return take


for field in ("app_hash", "data_hash", "validators_hash", "next_validators_hash", "consensus_hash", "last_results_hash",
              "evidence_hash", "last_commit_hash", "proposer_address"):
    def change_field(answers, field=field):
        header = commit(answers, middle)["header"]
        header[field] = flipped(header[field])
    tampers[f"header {field}"] = change_field


@tamper("header time by a nanosecond")
def _(answers):
    header = commit(answers, middle)["header"]
    header["time"] = re.sub(r"(?:\.(\d+))?Z$", lambda m: f".{(int((m[1] or '').ljust(9, '0')) + 1) % 10**9:09d}Z", header["time"])


@tamper("chain id")
def _(answers):
    commit(answers, middle)["header"]["chain_id"] += "x"


@tamper("last block id's parts")
def _(answers):
    parts = commit(answers, middle)["header"]["last_block_id"]["parts"]
    parts["hash"] = flipped(parts["hash"])


@tamper("a signature")
def _(answers):
    entry = commit(answers, middle)["commit"]["signatures"][0]
    entry["signature"] = flipped64(entry["signature"])


@tamper("a vote's time")
def _(answers):
    entry = commit(answers, middle)["commit"]["signatures"][0]
    entry["timestamp"] = entry["timestamp"].replace("20", "21", 1)


@tamper("a vote under another's address")
def _(answers):
    entries = commit(answers, middle)["commit"]["signatures"]
    entries[0]["validator_address"] = entries[1]["validator_address"]


@tamper("most votes said to be absent")
def _(answers):
    for entry in commit(answers, middle)["commit"]["signatures"][:-1]:
        entry.update(block_id_flag=1, validator_address="", timestamp="0001-01-01T00:00:00Z", signature=None)


@tamper("a vote for the block called nil")
def _(answers):
    commit(answers, middle)["commit"]["signatures"][0]["block_id_flag"] = 3


@tamper("a commit's round")
def _(answers):
    commit(answers, middle)["commit"]["round"] += 1


@tamper("a vote left out")
def _(answers):
    commit(answers, middle)["commit"]["signatures"].pop()


@tamper("the commit of another height")
def _(answers):
    commit(answers, middle)["commit"] = commit(answers, middle - 1)["commit"]


@tamper("a whole signed header of another height")
def _(answers):
    answers[f"/commit?height={middle}"] = answers[f"/commit?height={middle - 1}"]


@tamper("a validator's power")
def _(answers):
    member = first(answers, "validators", middle)["validators"][0]
    member["voting_power"] = str(int(member["voting_power"]) + 1)


@tamper("a validator's key")
def _(answers):
    key = first(answers, "validators", middle)["validators"][0]["pub_key"]
    key["value"] = flipped64(key["value"])


@tamper("a validator left out")
def _(answers):
    for target in heights("validators")[middle]:
        answers[target]["result"]["total"] = str(int(answers[target]["result"]["total"]) - 1)
    last = answers[heights("validators")[middle][-1]]["result"]
    last["validators"].pop()
    last["count"] = str(len(last["validators"]))


@tamper("validators of another height")
def _(answers):
    for target in heights("validators")[changing + 2]:
        other = target.replace(f"height={changing + 2}&", f"height={changing + 1}&")
        if other in answers:
            result = copy.deepcopy(answers[other]["result"])
            result["block_height"] = str(changing + 2)
            answers[target] = {"result": result}


@tamper("a transaction changed")
def _(answers):
    transactions = first(answers, "block", with_transactions)["block"]["data"]["txs"]
    transactions[0] = flipped64(transactions[0])


@tamper("a transaction left out")
def _(answers):
    first(answers, "block", with_transactions)["block"]["data"]["txs"].pop()


@tamper("a result's code")
def _(answers):
    first(answers, "block_results", with_transactions)["txs_results"][0]["code"] = 7


@tamper("a result left out")
def _(answers):
    first(answers, "block_results", with_transactions)["txs_results"].pop()


@tamper("a vote of a block's last commit")
def _(answers):
    entry = first(answers, "block", middle)["block"]["last_commit"]["signatures"][0]
    entry["signature"] = flipped64(entry["signature"])


@tamper("a validator change that is not told")
def _(answers):
    first(answers, "block_results", changing)["validator_updates"] = None


@tamper("a value")
def _(answers):
    response = next(queries(answers, True))
    response["value"] = flipped64(response["value"])


@tamper("a proof of presence")
def _(answers):
    operation = next(queries(answers, True))["proofOps"]["ops"][0]
    operation["data"] = flipped64(operation["data"])


@tamper("a value told to be absent, with the proof that it is there")
def _(answers):
    next(queries(answers, True))["value"] = None


@tamper("a proof of absence")
def _(answers):
    operation = next(queries(answers, False))["proofOps"]["ops"][0]
    operation["data"] = flipped64(operation["data"])


@tamper("the absence of another key")
def _(answers):
    response, other = list(queries(answers, False))[:2]
    response["proofOps"]["ops"][0]["data"] = other["proofOps"]["ops"][0]["data"]


@tamper("no proof")
def _(answers):
    next(queries(answers, True))["proofOps"] = None


@tamper("another operator")
def _(answers):
    next(queries(answers, True))["proofOps"]["ops"][0]["type"] = "ics23:iavl"


def verdict(answers):
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(answers, file)
        file.flush()
        run = subprocess.run([sys.executable, checker, "--replay", file.name, *words], capture_output=True, text=True)
        return run.returncode, (run.stdout + run.stderr).strip()


code, text = verdict(honest)
if code != 0:
    sys.exit(f"the honest recording is refused: {text}")
found = 0
for name, change in tampers.items():
    answers = copy.deepcopy(honest)
    change(answers)
    assert answers != honest, name
    code, text = verdict(answers)
    found += code == 1
    print(f"{name}: {text if code == 1 else 'NOT FOUND: ' + text}")
print(f"found {found} of {len(tampers)}")
sys.exit(found != len(tampers))
