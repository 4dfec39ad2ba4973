"""The firmware and its kernel fail while a car charges: the coil current has to end, and the gate is what ends it."""
import os
import signal
import time

from chargers import EmulatedCharger
from emulated_board import EmulatedBoard
from failure import Failure
from processes import Ledger, Plant, Tools, start_bridge
from session import Session, say, wait_for

LIMIT_MILLISECONDS = 250
# How long a coil that stays on is watched.
PATIENCE = 3.0
# How often a fault is made again that met an open contactor.
ATTEMPTS = 5
PID = "$(cat /run/wattseald.pid)"
# What is typed on the console, and whether the board has to be powered up again afterwards.
FAULTS = {
    "sigkill": (f"fault-maker signal {PID} {int(signal.SIGKILL)}", False),
    "sigstop": (f"fault-maker signal {PID} {int(signal.SIGSTOP)}", False),
    "thread": (f"fault-maker thread {PID} control", False),
    "memory": (f"fault-maker memory {PID}", False),
    "panic": ("fault-maker kernel c", True),
    "reset": ("fault-maker kernel b", True),
}


class NoCurrent(Exception):
    """The contactor had opened before the fault was made: it says nothing."""


class FaultTrial:
    """One plant and one ledger; the daemon and the board are started as often as they fail."""

    home = "faults"

    def __init__(self, words, board: EmulatedBoard, gate_held: bool = False):
        self.board, self.gate_held = board, gate_held
        self.tools = Tools(words.binaries, words.repository, os.path.join(words.home, self.home))
        self.plant = Plant(self.tools, 1)
        board.meter_line = self.plant.line
        self.charger = EmulatedCharger(self.tools, board)
        self.session = Session(self.charger, self.tools, self.plant, Ledger(self.tools), grant=100 * Ledger.PRICE)
        self.bridge = None

    def power_up(self, ready: str) -> None:
        """The board has come up."""
        say(ready)
        if self.bridge:
            self.bridge.kill()
            self.bridge.wait()
        self.bridge = start_bridge(self.tools, self.board.path("pins"), self.plant, self.gate_held)

    def charge(self) -> None:
        """A car draws its full current."""
        self.session.plug("off")
        self.await_current()

    def await_current(self) -> None:
        wait_for(120, "a car that draws 60 A", lambda: self.plant.status()["car"]["current_ma"] > 60_000, self.session.words)

    def fail(self, name: str) -> tuple[float | None, str]:
        """Makes the fault; answers how many milliseconds later the coil current ended (None: not), and what ended it."""
        if name == "memory":
            # The kernel kills the largest process; the signer is not the one to die here.
            self.board.run(f"for p in $(pidof wattseald); do [ $p = {PID} ] || echo -1000 >/proc/$p/oom_score_adj; done")
        process = self.board.run("cat /run/wattseald.pid")
        began = time.monotonic_ns()
        # In the background: some of these never come back.
        self.board.console.send(f"{FAULTS[name][0]} &")
        began = self._logged(began, "OUT_OF_MEMORY", process) if name == "memory" else self._logged(began, "FAULT", "1")
        if not self._was_on(began):
            raise NoCurrent
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            events = [event for event in self.plant.events() if event["at_ns"] >= began]
            for place, event in enumerate(events):
                if event["event"] == "coil" and event["value"] == "off":
                    return (event["at_ns"] - began) / 1e6, self._cause(events[:place])
            time.sleep(0.05)
        return None, "nothing"

    def _was_on(self, moment: int) -> bool:
        """Whether the coil was on then: a late loop may have opened the contactor before the fault could."""
        before = [event["value"] for event in self.plant.events() if event["event"] == "coil" and event["at_ns"] < moment]
        return bool(before) and before[-1] == "on"

    def recover(self, name: str) -> None:
        """The car leaves, and the charger comes back."""
        self.plant.tell("unplug")
        if FAULTS[name][1]:
            self.power_up(self.board.await_reset(30))
        else:
            self.board.run("killall -KILL fault-maker wattseald; sleep 1; rm -f /run/status.sock", may_fail=True)
        self.charger.launch()
        self.session.settle_down()

    def _logged(self, began: int, what: str, value: str) -> int:
        """When the board's kernel logged the fault, by the host's clock."""
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            with open(self.tools.path("pins.txt")) as file:
                for line in file:
                    words = line.split()
                    if len(words) == 4 and words[2:] == [what, value] and int(words[0]) >= began:
                        return int(words[0])
            time.sleep(0.2)
        raise Failure(f"expected {what} {value} in the board's log within 120 s, found none")

    @staticmethod
    def _cause(events: list[dict]) -> str:
        seen = {(event["event"], event["value"]) for event in events}
        if ("enable", "off") in seen:
            return "the firmware"
        return "the gate" if ("gate", "off") in seen else "neither the firmware nor the gate"


def fail_with_current(trial: FaultTrial, name: str) -> tuple[float | None, str]:
    """Makes a fault while a car draws its current; again where the current had ended before."""
    for _ in range(ATTEMPTS):
        trial.charge()
        try:
            return trial.fail(name)
        except NoCurrent:
            say(f"{name}: a late loop had opened the contactor before the fault; again")
            trial.recover(name)
    raise Failure(f"{name}: expected a car that draws current at the fault, found none in {ATTEMPTS} attempts")


def try_faults(words, board: EmulatedBoard) -> int:
    """Makes each fault, prints a table, and answers the exit code."""
    trial = FaultTrial(words, board, words.without_gate)
    failed = 0
    try:
        trial.power_up(board.boot())
        trial.session.commission()
        for name in words.names or FAULTS:
            taken, cause = fail_with_current(trial, name)
            good = taken is not None and taken <= LIMIT_MILLISECONDS
            failed += not good
            shown = f"{taken:.0f} ms" if taken is not None else f"not within {PATIENCE:.0f} s"
            print(f"{'ok  ' if good else 'FAIL'} {name}: coil current ended after: {shown}, ended by {cause}", flush=True)
            trial.recover(name)
    finally:
        trial.tools.stop_all()
    print(f"{len(words.names or FAULTS)} faults, {failed} beyond {LIMIT_MILLISECONDS} ms"
          + (" (the gate was taken out of the model)" if trial.gate_held else ""))
    return 1 if failed else 0
