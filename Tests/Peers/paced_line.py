#!/usr/bin/env python3
"""A serial line between two pseudo-terminals, as fast as its baud rate: a character takes its time in either direction.

    paced_line.py BAUD FORMAT [--turnaround-ms N]

Prints `meter PATH` and `charger PATH`, then `ready`. The line is half duplex: what comes while it is busy waits until
it is free and counts as a collision. A character arrives when its last bit would, never earlier; each frame starts
when its first bytes are written, a meter's not before the turnaround time after the charger's last character.

Each line on standard input is one command, answered by `ok`:
    hold SECONDS   the meter's next reply starts that much later
    drop           the meter's next reply never comes
    duplicate      the meter's next reply comes twice
    stats          first prints one line of JSON: bytes and frames of either side, the nanoseconds in which the line
                   was busy, collisions, and by how much the worst frame ended later than it should
Ends when standard input does.
"""
import argparse
import json
import os
import select
import sys
import time
import tty
from collections import deque

SIDES = ("charger", "meter")
CHUNK = 1_000_000


class Frame:
    """Bytes of one side that belong together."""

    def __init__(self, side, data, arrived, ready):
        self.side, self.data, self.arrived, self.ready = side, bytearray(data), arrived, ready
        self.start = None
        self.sent = 0
        self.copies = 1


class Line:
    def __init__(self, baud, bits, turnaround):
        self.character = bits * 1_000_000_000 / baud
        # Silence that ends a frame; the protocol fixes it above 19200 baud.
        self.gap = 3.5 * self.character if baud <= 19_200 else 1_750_000
        self.turnaround = turnaround
        self.ends, self.others = {}, {}
        for side in SIDES:
            self.ends[side], self.others[side] = os.openpty()
            tty.setraw(self.others[side])
            os.set_blocking(self.ends[side], False)
        self.queues = {side: deque() for side in SIDES}
        self.current = None
        # The newest frame of either side, dropped ones too, and whether it was dropped.
        self.newest, self.dropping = None, False
        self.free, self.charger_end = 0, -turnaround
        self.hold, self.drop, self.duplicate = 0, False, False
        self.stats = {"busy_ns": 0, "collisions": 0, "worst_late_ns": 0}
        for side in SIDES:
            self.stats |= {f"{side}_bytes": 0, f"{side}_frames": 0}

    def path(self, side):
        return os.ttyname(self.others[side])

    def receive(self, side, now):
        """Takes what one side wrote."""
        try:
            data = os.read(self.ends[side], 4096)
        except BlockingIOError:
            return
        newest = self.newest
        if newest and newest.side == side and now < newest.arrived + len(newest.data) * self.character + self.gap:
            self.append(newest, data, now)
            return
        frame = Frame(side, data, now, now)
        if side == "meter":
            frame.ready = max(now, self.charger_end + self.turnaround) + self.hold
            frame.copies = 2 if self.duplicate else 1
            self.dropping, self.hold, self.drop, self.duplicate = self.drop, 0, False, False
        else:
            self.dropping = False
        self.newest = frame
        if self.dropping:
            return
        if frame.ready < self.free or self.current:
            self.stats["collisions"] += 1
        self.stats[f"{side}_frames"] += frame.copies
        self.queues[side].append(frame)

    def append(self, newest, data, now):
        """More bytes of the newest frame."""
        if self.dropping:
            newest.data += data
        elif newest.start is None or newest is self.current:
            newest.data += data
        else:
            rest = Frame(newest.side, data, now, now)
            self.queues[newest.side].append(rest)
            self.newest = rest

    def move(self, now):
        """Delivers what is due; gives the time of the next thing to do, or None."""
        while True:
            frame = self.current
            if frame is None:
                heads = [queue[0] for queue in self.queues.values() if queue]
                if not heads:
                    return None
                frame = min(heads, key=lambda head: head.ready)
                start = max(frame.ready, self.free)
                if start > now:
                    return start
                self.queues[frame.side].popleft()
                frame.start = start
                self.current = frame
            due = min(int((now - frame.start) / self.character), len(frame.data))
            if due > frame.sent:
                self.deliver(frame, due)
            if frame.sent < len(frame.data):
                step = max(1, int(CHUNK / self.character))
                return frame.start + min(frame.sent + step, len(frame.data)) * self.character
            self.finish(frame)

    def deliver(self, frame, due):
        target = self.ends[SIDES[1 - SIDES.index(frame.side)]]
        try:
            os.write(target, frame.data[frame.sent : due])
        except BlockingIOError:
            # Nobody reads; a real line loses such characters, too.
            pass
        frame.sent = due

    def finish(self, frame):
        length = len(frame.data) * self.character
        self.free = frame.start + length
        self.stats["worst_late_ns"] = max(self.stats["worst_late_ns"], int(time.monotonic_ns() - self.free))
        self.stats["busy_ns"] += round(length)
        self.stats[f"{frame.side}_bytes"] += len(frame.data)
        if frame.side == "charger":
            self.charger_end = self.free
        self.current = None
        if frame.copies > 1:
            again = Frame(frame.side, frame.data, frame.arrived, self.free + self.gap)
            self.queues[frame.side].appendleft(again)

    def command(self, words):
        match words:
            case ["hold", seconds]:
                self.hold = float(seconds) * 1e9
            case ["drop"]:
                self.drop = True
            case ["duplicate"]:
                self.duplicate = True
            case ["stats"]:
                print(json.dumps(self.stats))
            case _:
                raise SystemExit(f"no such command: {' '.join(words)}")
        print("ok", flush=True)


def come_first():
    """Asks to be woken in time on a busy machine; where that is not allowed, the line still works."""
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    except PermissionError:
        pass


def run(line):
    side_of = {line.ends[side]: side for side in SIDES}
    typed = b""
    while True:
        # The charger's bytes are taken first, so that a reply is never older than its request.
        until = line.move(time.monotonic_ns())
        wait = None if until is None else max(0, until - time.monotonic_ns()) / 1e9
        readable, _, _ = select.select([*side_of, 0], [], [], wait)
        now = time.monotonic_ns()
        for end, side in side_of.items():
            if end in readable:
                line.receive(side, now)
        if 0 in readable:
            data = os.read(0, 4096)
            if not data:
                return
            *complete, typed = (typed + data).split(b"\n")
            for command in complete:
                line.command(command.decode().split())


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("baud", type=int)
    parser.add_argument("format", choices=[f"{bits}{check}{stop}" for bits in "78" for check in "NEO" for stop in "12"])
    parser.add_argument("--turnaround-ms", type=float, default=0)
    given = parser.parse_args()
    # A start bit, the data, the parity and the stop bits.
    bits = 1 + int(given.format[0]) + (given.format[1] != "N") + int(given.format[2])
    line = Line(given.baud, bits, given.turnaround_ms * 1e6)
    for side in reversed(SIDES):
        print(side, line.path(side))
    print("ready", flush=True)
    come_first()
    run(line)


if __name__ == "__main__":
    sys.exit(main())
