#!/usr/bin/env python3
"""tally.py STEPS EVENTS…: counts what passed, failed and was skipped, lists the last two, and fails on any failure.

STEPS has a line `passed|failed|skipped<TAB>name<TAB>reason<TAB>seconds` for each check that is no Swift test. EVENTS are what
the tests' program writes with `--event-stream-output-path` (version 0). A parametrised test counts as one, as Swift Testing counts it.
A test that was planned but got no verdict, because the process died, counts as failed. Before the count stands where the
time went: the steps and suites that took longest.
"""

import json
import sys

# How many of the slowest steps and suites are told.
SLOWEST = 25


class Tally:
    def __init__(self):
        self.passed = 0
        self.failed = []
        self.skipped = []
        self.seconds = []

    def add(self, verdict, name, reason):
        if verdict == "passed":
            self.passed += 1
        elif verdict == "skipped":
            self.skipped.append((name, reason))
        else:
            self.failed.append((name, reason))


def read_steps(path, tally):
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            verdict, name, reason, seconds = (line.rstrip("\n").split("\t") + ["", "", ""])[:4]
            tally.add(verdict, name, reason)
            if seconds:
                tally.seconds.append((float(seconds), name))


def short_name(test_id):
    """`Module.Suite/test()/File.swift:1:2` without the place."""
    parts = test_id.split("/")
    return "/".join(parts[:-1]) if len(parts) > 1 and ".swift:" in parts[-1] else test_id


def read_events(path, tally):
    """Counts one run; answers whether it came to its end."""
    functions, verdicts, issues, started = [], {}, {}, set()
    suites, begun = set(), {}
    ended = False
    with open(path, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            try:
                entry = json.loads(line)
            except ValueError:
                break  # the process died in the middle of a line
            payload = entry["payload"]
            if entry["kind"] == "test":
                if payload["kind"] == "function":
                    functions.append(payload["id"])
                else:
                    suites.add(payload["id"])
                continue
            kind, test = payload["kind"], payload.get("testID")
            instant = payload["instant"]["absolute"]
            messages = payload.get("messages", [])
            if kind == "runEnded":
                ended = True
            elif kind == "testStarted":
                started.add(test)
                begun[test] = instant
            elif kind == "testSkipped":
                verdicts[test] = ("skipped", reason_of_skip(messages))
            elif kind == "testEnded":
                # Suites stand within suites: the outermost counts.
                if test in suites and test in begun and test.count("/") == 0:
                    tally.seconds.append((instant - begun[test], test))
                symbol = messages[0]["symbol"] if messages else "fail"
                if symbol == "skip":
                    verdicts[test] = ("skipped", reason_of_skip(messages))
                else:
                    verdicts[test] = ("failed" if symbol == "fail" else "passed", "")
            elif kind == "issueRecorded" and any(m["symbol"] == "fail" for m in messages):
                issues.setdefault(test, []).append("\n".join(m["text"] for m in messages))
    for test in functions:
        if test in verdicts:
            verdict, reason = verdicts[test]
        elif test in started:
            verdict, reason = "failed", "was running when the test process died"
        else:
            verdict, reason = "failed", "did not run: the test process died"
        if verdict == "failed":
            reason = "\n".join(issues.get(test, []) + ([reason] if reason else []))
        tally.add(verdict, short_name(test), reason)
    for test in issues:
        if test not in functions:
            tally.add("failed", short_name(test or path), "\n".join(issues[test]))
    return ended


def reason_of_skip(messages):
    text = " ".join(message["text"] for message in messages)
    return text.split(': "', 1)[1].rstrip('"') if ': "' in text else text


def main(arguments):
    tally = Tally()
    read_steps(arguments[0], tally)
    for path in arguments[1:]:
        before = len(tally.failed)
        if not read_events(path, tally) and len(tally.failed) == before:
            tally.add("failed", path, "the test process died outside of any test")
    for title, entries in (("Skipped", tally.skipped), ("Failed", tally.failed)):
        if entries:
            print(f"{title}:")
        for name, reason in entries:
            indented = reason.replace("\n", "\n      ")
            print(f"  {name}: {indented}" if reason else f"  {name}")
    if tally.seconds:
        print("Where the time went, in seconds:")
    for seconds, name in sorted(tally.seconds, reverse=True)[:SLOWEST]:
        print(f"  {seconds:7.1f}  {name}")
    print(f"{tally.passed} passed, {len(tally.failed)} failed, {len(tally.skipped)} skipped")
    return 1 if tally.failed or tally.passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
