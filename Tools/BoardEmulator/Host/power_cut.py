"""The power fails at moments that nobody chose, over a disk that loses what was not flushed: nothing that was told is lost."""
import json
import os
import random
import re
import shutil
import subprocess
import time

from chargers import EmulatedCharger
from coil import LIMIT_MILLISECONDS, ending, was_on
from emulated_board import EmulatedBoard
from failure import DOES_NOT_HOLD, HOLDS, UNKNOWN, Failure
from processes import Bridge, Ledger, Plant, Tools
from session import Session, say, wait_for
from volatile_disk import VolatileDisk
from witness import Witness, energy_sold

# How many of its last flushes a disk that lies has only pretended (--lie).
LIES = 3
# What goes on when the power is armed to fail, and at most how many writes and flushes later it does.
MOMENTS = {"start": 60, "begin": 30, "pauses": 60, "charge": 12, "unplug": 30}
# Where nothing more is written, the power fails after so many seconds.
PATIENCE = 12.0
# From so many cuts on some have to come while the coil is on, and some while there is something to lose.
ENOUGH = 10


class PowerCuts:
    """One plant and one ledger outlive every cut; the board has nothing but its disk."""

    def __init__(self, tools: Tools, board: EmulatedBoard, seed: int, lie: bool):
        self.board, self.numbers = board, random.Random(seed)
        self.tools = tools
        self.plant = Plant(self.tools, 1)
        board.meter_line = self.plant.line
        board.make_disk()
        board.disk = self.disk = VolatileDisk(board.path("disk.img"), board.path("disk.sock"), LIES if lie else 0)
        self.charger = EmulatedCharger(self.tools, board)
        self.session = Session(self.charger, self.tools, self.plant, Ledger(self.tools), grant=1000 * Ledger.PRICE)
        self.witness = Witness()
        self.device = ""
        self.car_stays = False
        self.bridge = Bridge(self.tools, self.plant)
        # What the witness or e2fsck found: the disk has lost what it must not. What else was found.
        self.lost: list[str] = []
        self.wrong: list[str] = []
        # Cuts with the coil on, and with unflushed writes.
        self.with_coil = self.with_writes = 0
        # Cuts that tore a commit block so that the file system's journal could not be replayed to its end.
        self.torn_commits = 0

    def power_up(self) -> None:
        self.board.kill()
        ready = self.board.boot()
        say(ready)
        self.bridge.restart(self.board.path("pins"))

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
        self.board.qemu.wait(10)
        self.with_writes += bool(self.disk.pending)
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
        journal, lines = self.charger.journal, ""
        # What the verifier refuses is looked at all the same: the witness says whether something told is missing.
        for look in (lambda: self.board.run(f"wattseal records export --journal {journal} -o /run/export && "
                                            "wattseal records verify /run/export", 120),
                     lambda: self.charger.wattseal("records", "show", "--journal", journal)):
            try:
                lines = look()
            except Failure as failure:
                lines = ""
                (self.lost if is_loss(str(failure)) else self.wrong).append(f"the journal: {failure}")
        if not lines:
            return []
        records = [json.loads(line) for line in lines.splitlines() if line.startswith("{")]
        self.lost += self.witness.judge(records)
        return records

    def _check_image(self) -> None:
        """Once its journal is replayed, the file system has no error; looked at on a copy.

        ext4 takes a commit block that was torn for a corrupt one and does not mount. Nothing that was told was in it: its flush was never
        answered. Then the check that every boot makes has to leave that transaction out and nothing else."""
        copy = self.board.path("copy.img")
        shutil.copyfile(self.board.path("disk.img"), copy)
        way = ["-p"] if self.disk.tore_commit else ["-E", "journal_only", "-y"]
        replay = subprocess.run(["/sbin/e2fsck", *way, copy], capture_output=True, text=True)
        fault = replay_fault(replay.stdout + replay.stderr)
        if self.disk.tore_commit:
            self.torn_commits += bool(fault)
            fault = None if replay.returncode <= 1 else f"expected status 0 or 1 of -p, found {replay.returncode}"
        if fault:
            self.lost.append(f"e2fsck: {fault}")
        done = subprocess.run(["/sbin/e2fsck", "-f", "-n", copy], capture_output=True, text=True)
        os.unlink(copy)
        if done.returncode:
            self.lost.append(f"e2fsck: expected status 0, found {done.returncode}: {done.stdout.strip()[-300:]}")

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
        """The gate drops, since nothing pulses it; the bridge is still there to say so, or has ended with the board."""
        on = was_on(self.plant.events(), cut_at)
        self.with_coil += on
        deadline = time.monotonic() + 3
        while self.plant.status()["coil"]:
            if time.monotonic() > deadline:
                self.wrong.append("the coil is still on 3 s after the power was cut")
                return
            time.sleep(0.02)
        self.bridge.expect_whole(board_lives=False)
        found = ending(self.plant.events(), cut_at)
        if found and found[0] > LIMIT_MILLISECONDS:
            self.wrong.append(f"expected the coil off within {LIMIT_MILLISECONDS} ms of the cut, found {found[0]:.0f} ms")
        if on and not found:
            self.wrong.append("expected the plant to tell when the coil went off, found nothing")

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


def is_loss(said: str) -> bool:
    """Whether the journal itself misses what a flush had made durable, by the frames behind it."""
    return "a frame that was durable cannot be read" in said


def replay_fault(said: str) -> str | None:
    """What e2fsck says of a journal that it cannot replay; it then throws it away, and ends with status 0."""
    return next((line.strip() for line in said.splitlines() if re.search("corrupt|abort", line)), None)


def untested(cuts: int, with_coil: int, with_writes: int) -> list[str]:
    """What a run of so many cuts has not tried at all."""
    if cuts < ENOUGH:
        return []
    return [f"expected a cut {what} among {cuts}, found none" for count, what in
            ((with_coil, "while the coil is on"), (with_writes, "with unflushed writes")) if not count]


def exit_code(lie: bool, lost: bool, wrong: bool, missing: bool) -> int:
    """Of a disk that lies only what it lost is the answer that is looked for: anything else that went wrong says nothing."""
    if lost:
        return DOES_NOT_HOLD
    if wrong:
        return UNKNOWN if lie else DOES_NOT_HOLD
    return UNKNOWN if missing else HOLDS


def cut_power(words, board: EmulatedBoard) -> int:
    """Cuts the power as often as asked, prints each, and answers the exit code."""
    print(f"seed {words.seed}", flush=True)
    with Tools(words.binaries, words.repository, os.path.join(words.home, "power-cut")) as tools:
        cuts = PowerCuts(tools, board, words.seed, words.lie)
        cuts.commission()
        done, lost, wrong = _cut_all(cuts, words)
    missing = untested(done, cuts.with_coil, cuts.with_writes)
    print(f"{done} cuts, {cuts.with_coil} of them with the coil on, {cuts.with_writes} with unflushed writes; {cuts.disk.flushes} "
          f"flushes; {cuts.torn_commits} with a torn commit block; {lost} with something lost, {wrong} with something else wrong" + (" (the disk lied)" if words.lie else ""))
    for what in missing:
        print(f"FAIL {what}")
    return exit_code(words.lie, lost > 0, wrong > 0, bool(missing))


def _cut_all(cuts: PowerCuts, words) -> tuple[int, int, int]:
    """Makes the cuts; answers how many there were, how many of them lost something, and how many showed something else."""
    lost = wrong = 0
    moments = list(MOMENTS)
    for number in range(1, words.cuts + 1):
        # Every moment comes, in an order of its own.
        moment = moments[(number - 1) % len(moments)]
        if number % len(moments) == 1:
            cuts.numbers.shuffle(moments)
            moment = moments[0]
        cuts.lost, cuts.wrong = [], []
        what = cuts.cut(moment)
        try:
            cuts.come_back()
        except Failure as failure:
            # What was found before is an answer; a board that does not come up by itself is none.
            if not cuts.lost:
                raise
            cuts.wrong.append(str(failure))
            # No cut can be made of a board that is not there.
            _show(cuts, f"{number} {what}")
            return number, lost + 1, wrong + 1
        lost, wrong = lost + bool(cuts.lost), wrong + bool(cuts.wrong)
        _show(cuts, f"{number} {what}")
        if cuts.lost or cuts.wrong:
            shutil.copyfile(cuts.board.path("disk.img"), cuts.board.path(f"disk-{number}.img"))
            if words.lie or cuts.board.qemu.poll() is not None:
                return number, lost, wrong
    if not lost + wrong:
        cuts.prove_whole()
        lost, wrong = lost + bool(cuts.lost), wrong + bool(cuts.wrong)
        _show(cuts, "after the last cut")
    return words.cuts, lost, wrong


def _show(cuts: PowerCuts, what: str) -> None:
    found = [f"lost: {words}" for words in cuts.lost] + cuts.wrong
    print("\n     ".join([f"{'FAIL' if found else 'ok  '} {what}", *found]), flush=True)
