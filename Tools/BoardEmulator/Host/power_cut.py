"""The power fails at moments that nobody chose, over a disk that loses what was not flushed: nothing that was told is lost."""
import json
import os
import random
import shutil
import subprocess
import time

from chargers import EmulatedCharger
from emulated_board import EmulatedBoard
from failure import Failure
from processes import Ledger, Plant, Tools, start_bridge
from session import Session, say, wait_for
from volatile_disk import VolatileDisk
from witness import Witness, energy_sold

LIMIT_MILLISECONDS = 250
# How many of its last flushes a disk that lies has only pretended (--lie).
LIES = 3
# What goes on when the power is armed to fail, and at most how many writes and flushes later it does.
MOMENTS = {"start": 60, "begin": 30, "pauses": 60, "charge": 12, "unplug": 30}
# Where nothing more is written, the power fails after so many seconds.
PATIENCE = 12.0


class PowerCuts:
    """One plant and one ledger outlive every cut; the board has nothing but its disk."""

    def __init__(self, words, board: EmulatedBoard):
        self.board, self.numbers = board, random.Random(words.seed)
        self.tools = Tools(words.binaries, words.repository, os.path.join(words.home, "power-cut"))
        self.plant = Plant(self.tools, 1)
        board.meter_line = self.plant.line
        board.make_disk()
        board.disk = self.disk = VolatileDisk(board.path("disk.img"), board.path("disk.sock"), LIES if words.lie else 0)
        self.charger = EmulatedCharger(self.tools, board)
        self.session = Session(self.charger, self.tools, self.plant, Ledger(self.tools), grant=1000 * Ledger.PRICE)
        self.witness = Witness()
        self.device = ""
        self.car_stays = False
        self.bridge = None
        self.wrong: list[str] = []

    def power_up(self) -> None:
        self.board.kill()
        ready = self.board.boot()
        say(ready)
        if self.bridge:
            self.bridge.kill()
            self.bridge.wait()
        self.bridge = start_bridge(self.tools, self.board.path("pins"), self.plant)

    def commission(self) -> None:
        self.power_up()
        self.session.commission()
        self.device = self.charger.status()["device"]
        self._look()
        self.charger.stop()

    def cut(self, moment: str) -> str:
        """Has the power fail while this goes on; answers a sentence about it."""
        armed = 1 + self.numbers.randrange(MOMENTS[moment])
        if moment == "start":
            self.disk.cut_after(armed)
            self._try(self.charger.launch)
        else:
            self._do(moment, armed)
        deadline = time.monotonic() + PATIENCE
        while not self.disk.off.is_set() and time.monotonic() < deadline:
            self._try(self._look)
            time.sleep(0.1)
        quiet = not self.disk.off.is_set()
        self.disk.cut()
        self.board.qemu.wait()
        self._hear_ledger()
        self._expect_no_current(self.disk.cut_at)
        return f"{moment}, {'in a silence' if quiet else f'at request {armed}'}: {self.disk.settle(self.numbers)}"

    def _do(self, moment: str, armed: int) -> None:
        """What goes on: the daemon runs, and a car does something."""
        launched = time.monotonic_ns()
        self.charger.launch()
        self.session.settle_down()
        if self.car_stays:
            self.plant.tell("unplug")
            self.session.settle_down()
        else:
            self._expect_no_enable(launched, "no car was there")
        self._look()
        self.car_stays = moment != "unplug"
        if moment == "begin":
            self.disk.cut_after(armed)
            self._try(lambda: self.session.plug("off"))
            return
        self.session.plug("off")
        wait_for(120, "a car that draws 60 A", lambda: self.plant.status()["car"]["current_ma"] > 60_000, self.session.words)
        if moment == "charge":
            # A kilowatt-hour takes 65 s.
            time.sleep(self.numbers.uniform(0, 65))
        self._look()
        self.disk.cut_after(armed)
        if moment == "pauses":
            self.plant.tell("toggle 2000 1500")
        elif moment == "unplug":
            self.plant.tell("unplug")

    def come_back(self) -> None:
        """The board is powered up again: its file system and its records are whole, and its contactor stays open."""
        self._check_image()
        since = time.monotonic_ns()
        # Sometimes the car has left in the meantime.
        self.car_stays = self.car_stays and self.numbers.random() < 0.5
        self.plant.tell("toggle off")
        if not self.car_stays:
            self.plant.tell("unplug")
        self.power_up()
        complaints = self.board.run("dmesg | grep -E 'EXT4-fs (error|warning)|I/O error'", may_fail=True)
        if complaints:
            self.wrong.append(f"the board's kernel says: {complaints[:200]}")
        self._judge_journal()
        self._expect_no_enable(since, "no firmware ran")

    def prove_whole(self) -> None:
        """After the last cut: it starts, the ledger takes everything, and no more was sold than the meter counted."""
        self.plant.tell("unplug")
        self.charger.launch()
        self.session.settle_down()
        self._look()
        self._hear_ledger()
        records = self._judge_journal()
        sold, counted = energy_sold(records), self.plant.status()["true_import_mwh"]
        if sold > counted:
            self.wrong.append(f"expected at most the {counted} mWh that flowed to be sold, found {sold}")
        say(f"{len(records)} records; sold {sold / 1e6:.3f} kWh")

    # MARK: What is looked at

    def _judge_journal(self) -> list[dict]:
        """The journal's records, verified on the board by the shipped program and held against what was told."""
        try:
            journal = self.charger.journal
            self.board.run(f"wattseal records export --journal {journal} -o /run/export && wattseal records verify /run/export", 120)
            lines = self.charger.wattseal("records", "show", "--journal", journal)
        except Failure as failure:
            self.wrong.append(f"the journal: {failure}")
            return []
        records = [json.loads(line) for line in lines.splitlines() if line.startswith("{")]
        self.wrong += self.witness.judge(records)
        return records

    def _check_image(self) -> None:
        """Once its journal is replayed, the file system has no error; looked at on a copy."""
        copy = self.board.path("copy.img")
        shutil.copyfile(self.board.path("disk.img"), copy)
        subprocess.run(["/sbin/e2fsck", "-E", "journal_only", "-y", copy], capture_output=True)
        done = subprocess.run(["/sbin/e2fsck", "-f", "-n", copy], capture_output=True, text=True)
        os.unlink(copy)
        if done.returncode:
            self.wrong.append(f"e2fsck: expected status 0, found {done.returncode}: {done.stdout.strip()[-300:]}")

    def _look(self) -> None:
        status = self.charger.status()
        if status:
            self.witness.hear_status(status)

    def _hear_ledger(self) -> None:
        for chain in (0, 1):
            text = self.tools.run("platform-node", "wallet", "show", "head", f"{self.device}/{chain}", "--json", "--rpc",
                                  self.session.ledger.url)
            self.witness.hear_ledger(chain, json.loads(text))

    def _expect_no_current(self, cut_at: int) -> None:
        """The gate drops, since nothing pulses it."""
        deadline = time.monotonic() + 3
        while self.plant.status()["coil"]:
            if time.monotonic() > deadline:
                self.wrong.append("the coil is still on 3 s after the power was cut")
                return
            time.sleep(0.02)
        off = [event["at_ns"] for event in self._events(cut_at) if event["event"] == "coil" and event["value"] == "off"]
        if off and (off[0] - cut_at) / 1e6 > LIMIT_MILLISECONDS:
            self.wrong.append(f"expected the coil off within {LIMIT_MILLISECONDS} ms of the cut, found {(off[0] - cut_at) / 1e6:.0f} ms")

    def _expect_no_enable(self, since: int, what: str) -> None:
        events = [event for event in self._events(since) if event["event"] in ("enable", "coil") and event["value"] == "on"]
        if events:
            self.wrong.append(f"expected the contactor's enable low while {what}, found {events[0]}")

    def _events(self, since: int) -> list[dict]:
        return [event for event in self.plant.events() if event["at_ns"] >= since]

    def _try(self, act) -> None:
        """Does what the cut may interrupt."""
        try:
            act()
        except (Failure, OSError, ValueError):
            if not self.disk.off.wait(0.5):
                raise


def cut_power(words, board: EmulatedBoard) -> int:
    """Cuts the power as often as asked, prints each, and answers the exit code."""
    cuts = PowerCuts(words, board)
    failed = 0
    print(f"seed {words.seed}", flush=True)
    try:
        cuts.commission()
        moments = list(MOMENTS)
        for number in range(1, words.cuts + 1):
            # Every moment comes, in an order of its own.
            moment = moments[(number - 1) % len(moments)]
            if number % len(moments) == 1:
                cuts.numbers.shuffle(moments)
                moment = moments[0]
            cuts.wrong = []
            what = cuts.cut(moment)
            cuts.come_back()
            failed += bool(cuts.wrong)
            print(f"{'FAIL' if cuts.wrong else 'ok  '} {number} {what}", flush=True)
            for words_of_it in cuts.wrong:
                print(f"     {words_of_it}", flush=True)
            if cuts.wrong:
                shutil.copyfile(board.path("disk.img"), board.path(f"disk-{number}.img"))
                if words.lie:
                    break
        if not failed:
            cuts.wrong = []
            cuts.prove_whole()
            failed += bool(cuts.wrong)
            print("\n".join(["ok   after the last cut" if not cuts.wrong else "FAIL after the last cut", *cuts.wrong]))
    finally:
        cuts.tools.stop_all()
    print(f"{number} cuts, {cuts.disk.flushes} flushes, {failed} with something lost" + (" (the disk lied)" if words.lie else ""))
    return 1 if failed else 0
