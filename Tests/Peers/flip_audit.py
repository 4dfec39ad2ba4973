#!/usr/bin/env python3
"""Flips one bit at a time in an export and has Tools/audit.py find each.

    flip_audit.py EXPORT (--every N | --sample COUNT --seed N)

Exit 1 with the place of the first flip that goes unseen.
"""

import argparse
import bisect
import copy
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "Tools"))
import audit  # noqa: E402


def holds(state, data):
    """Whether the messages from where an audit stands hold, to the end of the file."""
    try:
        while state.at < len(data):
            state.take(data)
    except Exception:
        return False
    return True


def states(data):
    """The audit's state in front of each message. A flip changes nothing of what was checked before its message."""
    state, all_states = audit.Audit(), []
    while state.at < len(data):
        all_states.append(copy.deepcopy(state))
        state.take(data)
    return all_states


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("export")
    parser.add_argument("--every", type=int)
    parser.add_argument("--sample", type=int)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    data = pathlib.Path(options.export).read_bytes()
    before = states(data)
    chosen = random.Random(options.seed)
    if options.every:
        places = range(0, len(data), options.every)
    else:
        places = [chosen.randrange(len(data)) for _ in range(options.sample)]
    for place in places:
        flipped = bytearray(data)
        flipped[place] ^= 1 << chosen.randrange(8)
        at = bisect.bisect_right(before, place, key=lambda state: state.at) - 1
        if holds(copy.deepcopy(before[at]), bytes(flipped)):
            sys.exit(f"byte {place}: a flipped bit went unseen (seed {options.seed})")
    print(f"{len(places)} flipped bits found")


if __name__ == "__main__":
    main()
