"""The firmware and its kernel fail while a car charges: the coil current has to end, and the gate is what ends it."""
import os
import signal
import time

from chargers import EmulatedCharger
from coil import FIRMWARE, GATE, LIMIT_MILLISECONDS, ending, was_on
from emulated_board import EmulatedBoard
from failure import DOES_NOT_HOLD, HOLDS, UNKNOWN, Failure
from processes import Bridge, Ledger, Plant, Tools
from session import Session, say, wait_for

# How long a coil that stays on is watched.
PATIENCE = 3.0
# How often a fault is made again that met an open contactor, or one that the firmware itself was about to open.
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


class SaysNothing(Exception):
    """A late loop opened the contactor before the fault, or between its mark and its effect."""


class FaultTrial:
    """One plant and one ledger; the daemon and the board are started as often as they fail."""

    def __init__(self, tools: Tools, board: EmulatedBoard, gate_held: bool = False):
        self.board, self.gate_held = board, gate_held
        self.tools = tools
        self.plant = Plant(self.tools, 1)
        board.meter_line = self.plant.line
        self.charger = EmulatedCharger(self.tools, board)
        self.session = Session(self.charger, self.tools, self.plant, Ledger(self.tools), grant=100 * Ledger.PRICE)
        self.bridge = Bridge(self.tools, self.plant, gate_held)

    def power_up(self, ready: str) -> None:
        """The board has come up."""
        say(ready)
        self.bridge.restart(self.board.path("pins"))

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
        if not was_on(self.plant.events(), began):
            raise SaysNothing
        deadline = time.monotonic() + PATIENCE
        found = None
        while not found and time.monotonic() < deadline:
            time.sleep(0.05)
            found = ending(self.plant.events(), began)
        self.bridge.expect_whole(board_lives=not FAULTS[name][1])
        return found or (None, "nothing")

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


def judge(taken: float | None, cause: str) -> str:
    """What a fault shows of the gate: "ok", "FAIL", or "again" where the firmware was quicker."""
    if taken is None or taken > LIMIT_MILLISECONDS:
        return "FAIL"
    return {GATE: "ok", FIRMWARE: "again"}.get(cause, "FAIL")


def exit_code(taken: list[float | None], failed: int, gate_held: bool) -> int:
    """Without the gate it is 1 only where every fault left the coil on: anything else is not what was to be shown."""
    if gate_held:
        return DOES_NOT_HOLD if taken and all(time is None for time in taken) else UNKNOWN
    return DOES_NOT_HOLD if failed else HOLDS


def fail_with_current(trial: FaultTrial, name: str) -> tuple[float | None, str]:
    """Makes a fault while a car draws its current; again where a late loop had ended it, or did."""
    for _ in range(ATTEMPTS):
        trial.charge()
        try:
            taken, cause = trial.fail(name)
            if judge(taken, cause) != "again":
                return taken, cause
        except SaysNothing:
            pass
        say(f"{name}: a late loop opened the contactor, not the fault; again")
        trial.recover(name)
    raise Failure(f"{name}: expected a fault that the firmware does not forestall, found none in {ATTEMPTS} attempts")


def try_faults(words, board: EmulatedBoard) -> int:
    """Makes each fault, prints a table, and answers the exit code."""
    names = words.names or list(FAULTS)
    times, failed = [], 0
    with Tools(words.binaries, words.repository, os.path.join(words.home, "faults")) as tools:
        trial = FaultTrial(tools, board, words.without_gate)
        trial.power_up(board.boot())
        trial.session.commission()
        for name in names:
            taken, cause = fail_with_current(trial, name)
            verdict = judge(taken, cause)
            failed += verdict != "ok"
            times.append(taken)
            shown = f"{taken:.0f} ms" if taken is not None else f"not within {PATIENCE:.0f} s"
            print(f"{verdict:4} {name}: coil current ended after: {shown}, ended by {cause}", flush=True)
            trial.recover(name)
    if words.without_gate:
        left = times.count(None)
        print(f"{len(names)} faults without the gate, {left} left the coil on" + ("" if left == len(names) else ": expected all"))
    else:
        print(f"{len(names)} faults, {failed} not ended by the gate within {LIMIT_MILLISECONDS} ms")
    return exit_code(times, failed, words.without_gate)
