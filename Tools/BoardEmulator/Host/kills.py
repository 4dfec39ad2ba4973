"""Updater, daemon and board end at random moments, while releases and roots come in, are unpacked, tried, confirmed and given up."""
import random
import re
import time

from emulated_board import EmulatedBoard
from failure import Failure
from kill_plan import PATIENCE, ROUND, never_hit, victims, was_cut
from processes import Bridge
from releases import Bundle
from session import say, wait_for
from shell_line import ShellLine

# Two chunks. A release that is killed on its way has to come again.
FILLING = 70_000
# At least; what the acts before have confirmed may be higher.
COUNTER = 4
# Enough pieces of 640 bytes for a header with its roots.
HEADER = 8 * 640
# How long a kill waits for its moment, in seconds; a confirmation is waited for from the 50th second of its gate on.
MOMENT, CONFIRMATION = 8, 40
GATE = 600
GATE_BEGINS = 40


def keep_updater(board: EmulatedBoard) -> None:
    board.run("slot-launcher keep & echo $! >/run/keeper.pid")


class Kills:
    """A slot that verifies starts each time; floor and root never fall.

    A kill of the updater counts where it came into the operation: that had begun and was not answered. What is needed for that
    (a bundle that came in whole, a slot that may be activated, a trial) is there before. Changes are a person's: a program may make but
    some in a minute.
    """

    def __init__(self, flashing, bridge: Bridge, seed: int):
        self.flashing, self.bridge, self.random = flashing, bridge, random.Random(seed)
        self.board, self.line = flashing.board, flashing.line
        now = flashing.status()
        self.floor, self.root, self.made = now["counter_floor"], now["root"], 0
        self.counter = max(COUNTER, self.floor)
        self.bundle = self._make()
        self.seen: dict[str, int] = {}
        self.operations = {
            "receiving": self._receive, "unpacking": self._unpack, "activating": self._activate, "giving up": self._give_up,
            "root": self._rotate, "confirming": self._confirm, "daemon": self._end_daemon, "power": self._cut_power}

    def run(self, count: int) -> None:
        tried = 0
        for victim in victims(self.random):
            if sum(self.seen.values()) >= count:
                break
            if tried >= PATIENCE * count:
                raise Failure(f"expected {count} kills in {tried} attempts, found {self.seen}")
            tried += 1
            if self.operations[victim]():
                self.seen[victim] = self.seen.get(victim, 0) + 1
            self._look(f"attempt {tried}, {victim}")
            if tried % len(ROUND) == 0:
                print(f"  {tried} attempts: {self.seen}", flush=True)
        print(f"  {tried} attempts, kills that came into what they were meant for: {self.seen}", flush=True)
        if missed := never_hit(self.seen):
            raise Failure(f"expected a kill of every kind, found none of {', '.join(missed)}: {self.seen}")

    # What is ended: whether the kill counts.

    def _receive(self) -> bool:
        """At a random moment. Half of the transfers may come to their end before it, and then do not count."""
        if self._is_whole():
            self.bundle = self._make()
        seconds = self.random.choice([self.random.uniform(0.2, 1.5), self.random.uniform(1.5, 6)])
        self.board.run(f"(sleep {seconds:.2f}; killall -9 wattseal-launcher; echo hit >/run/killed) >/dev/null 2>&1 &")
        taken, reply = self._send()
        return self._is_killed(30) and taken > 0 and not reply.get("ok")

    def _unpack(self) -> bool:
        self._end_trial()
        self._fill_inbox()
        return self._cut(self.random.randint(1, 12), lambda: self._change("fw verify"))

    def _activate(self) -> bool:
        self._end_trial()
        self._fill_slot()
        return self._cut(self.random.randint(1, 3), lambda: self._change("fw activate override"))

    def _give_up(self) -> bool:
        self._begin_trial()
        return self._cut(self.random.randint(1, 3), lambda: self._change("fw rollback"))

    def _rotate(self) -> bool:
        """The next root, in a bundle's first kilobyte."""
        self.flashing.releases.rotate(self.root + 1)
        self.bundle = self._make(self.root + 1)
        is_cut = self._cut(self.random.randint(1, 4), lambda: self._send(HEADER)[1])
        # Whatever came of it, the device takes the root now, if it does not have it.
        _, reply = self._send(HEADER)
        self.flashing.visit.check(reply.get("ok") is True, f"root {self.root + 1}, behind a kill: found {reply}")
        return is_cut

    def _confirm(self) -> bool:
        """The daemon asks by itself when the gate has passed: its log has the answer, or has none."""
        self._begin_trial()
        self.board.run("kill -9 $(cat /run/wattseald.pid)")
        self._come_back()
        before = self._confirmations()
        # The gate has a minute to go: each look is a question that the board's one processor answers.
        time.sleep(GATE_BEGINS)
        wait_for(GATE, "a gate that has held for 50 s", lambda: not self._is_trial() or (self._status().get("held_ms") or 0) >= 50_000,
                 lambda: self._status())
        if not self._is_trial():
            return False
        self._arm(1, CONFIRMATION)
        is_hit = self._is_killed(CONFIRMATION + 30)
        wait_for(GATE, "the trial to end", lambda: not self._is_trial(), lambda: self._status())
        return is_hit and self._confirmations() == before

    def _end_daemon(self) -> bool:
        self.board.run("kill -9 $(cat /run/wattseald.pid)")
        self._come_back()
        return True

    def _cut_power(self) -> bool:
        self.line.close()
        self.board.kill()
        say(self.board.boot())
        self.bridge.restart(self.board.path("pins"))
        self.line = self.flashing.line = self.flashing.visit.line = ShellLine(
            self.board.path("shell"), self.flashing.visit.technician.tools.path("shell.log"))
        keep_updater(self.board)
        self.flashing.charger.launch()
        self._come_back()
        return True

    # What has to be there before.

    def _fill_inbox(self) -> None:
        for _ in range(3):
            if self._is_whole():
                return
            _, reply = self._send()
            if not reply.get("ok"):
                # Trials that kills have cut short may have spent its tries: such a release is not taken again.
                self.bundle = self._make()
        if not self._is_whole():
            raise Failure(f"expected a bundle that comes in whole, found {self._status()}")

    def _fill_slot(self) -> None:
        now = self._status()
        if any(slot["part"] is None and slot["state"] == "bootable" and slot["counter"] >= now["counter_floor"] for slot in now["slots"]):
            return
        self._fill_inbox()
        self._insist("fw verify")

    def _begin_trial(self) -> None:
        if not self._is_trial():
            self._fill_slot()
            self._insist("fw activate override")

    def _end_trial(self) -> None:
        if self._is_trial():
            self._insist("fw rollback")

    # How it is said, and how a kill is made.

    def _status(self) -> dict:
        return self.flashing.status()

    def _is_trial(self) -> bool:
        return self._status()["tries_left"] is not None

    def _is_whole(self) -> bool:
        """Whether this bundle came in whole: a transfer that begins again finds it on the disk."""
        self._change(f"fw recv {self.bundle.manifest}")
        return self._status()["whole"] is True

    def _make(self, root: int | None = None) -> Bundle:
        self.made += 1
        return self.flashing.releases.make(f"1.6.{self.made}", self.counter, filling=FILLING, root=root or self.root)

    def _change(self, command: str) -> list[str]:
        return self.line.confirm(command)

    def _insist(self, command: str) -> None:
        """A change that is possible by now; records that are not durable yet may hold it up."""
        lines: list[str] = []

        def is_done() -> bool:
            lines[:] = self._change(command)
            return any(line.startswith("done") for line in lines)

        wait_for(60, f"{command} to be done", is_done, lambda: lines)

    def _send(self, until: int | None = None) -> tuple[int, dict]:
        """Sends what is not there yet; how many pieces were taken, and the last reply."""
        lines = self._change(f"fw recv {self.bundle.manifest}")
        if not any(line.startswith("done") for line in lines):
            return 0, {"ok": False, "msg": lines}
        return self.flashing.put(self.bundle.data, until)

    def _arm(self, looks: int, seconds: int) -> None:
        # A status first: what it reads stands in the board's memory then, and nothing but writes waits for the disk.
        self._status()
        self.board.run(f"kill-updater {looks} {seconds} >/dev/null 2>&1 & while ! [ -e /run/armed ]; do sleep 0.05; done; rm /run/armed")

    def _cut(self, looks: int, operation) -> bool:
        """Kills the updater in a durable write of an operation; whether it came before the answer."""
        self._arm(looks, MOMENT)
        answer = operation()
        return self._is_killed(MOMENT + 30) and was_cut(answer)

    def _is_killed(self, seconds: int) -> bool:
        """Waits for the kill and for the next updater; whether it found its moment."""
        found: list[str] = []

        def is_over() -> bool:
            found[:] = self.board.run("if [ -e /run/killed ]; then cat /run/killed; fi").split()[-1:]
            return bool(found)

        wait_for(seconds, "the kill", is_over, lambda: "none")
        self.board.run("rm -f /run/killed")
        wait_for(30, "the updater to be back", lambda: self.line.ask("fw.status").get("ok"), lambda: self.board.run("tail -n 3 /run/updater.log"))
        return found == ["hit"]

    def _confirmations(self) -> int:
        return int(self.board.run("grep -c 'passed its trial and is confirmed' /run/wattseald.log || true") or 0)

    def _come_back(self) -> None:
        wait_for(120, "the daemon's status", self.flashing.charger.status, self.flashing.charger.log)
        self.flashing.log_in()

    def _look(self, when: str) -> None:
        check = self.flashing.visit.check
        shown = self.flashing.shown()
        # What the supervisor's own launcher says may stand before it, on the same console.
        check(re.search(r"^slot [ab], ", shown, re.MULTILINE) is not None, f"{when}: expected a slot that starts, found {shown!r}")
        now = self._status()
        for what, least, found in (("floor", self.floor, now["counter_floor"]), ("root", self.root, now["root"])):
            check(found >= least, f"{when}: the {what} fell from {least} to {found}")
        self.floor, self.root = now["counter_floor"], now["root"]
