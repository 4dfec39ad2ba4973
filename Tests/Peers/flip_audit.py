#!/usr/bin/env python3
"""Flips one bit at a time in an export and has Tools/audit.py find each.

    flip_audit.py EXPORT (--every N | --sample COUNT --seed N)

Exit 1 with the place of the first flip that goes unseen.
"""

import argparse
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "Tools"))
import audit  # noqa: E402


def holds(data):
    state, at = audit.Audit(None, {}), 0
    try:
        while at < len(data):
            at += state.message(data, at)
    except Exception:
        return False
    return True


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("export")
    parser.add_argument("--every", type=int)
    parser.add_argument("--sample", type=int)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    data = pathlib.Path(options.export).read_bytes()
    if not holds(data):
        sys.exit("the export itself does not hold")
    chosen = random.Random(options.seed)
    if options.every:
        places = range(0, len(data), options.every)
    else:
        places = [chosen.randrange(len(data)) for _ in range(options.sample)]
    for place in places:
        flipped = bytearray(data)
        flipped[place] ^= 1 << chosen.randrange(8)
        if holds(bytes(flipped)):
            sys.exit(f"byte {place}: a flipped bit went unseen (seed {options.seed})")
    print(f"{len(places)} flipped bits found")


if __name__ == "__main__":
    main()
