"""From the pilot's new level to the contactor's pin, in the emulated processor's own time (QEMU's instruction counts).

Everything runs on the board: with instruction counts its clock races while it has nothing to do, so nothing outside could keep
up with it.
"""
import base64
import gzip
import json
import math
import os
import random
import statistics

from chargers import EmulatedCharger
from emulated_board import EmulatedBoard
from failure import Failure
from latency_trace import Trial, read_effort, read_trials
from processes import Ledger, Plant, bridge_command
from session import Session, say

LABEL = "model: instruction counts, no evidence about a board"
# Eight nanoseconds an instruction; an idle processor jumps to its next timer.
ICOUNT = "shift=3,sleep=off"
LIMIT_MILLISECONDS = {"normal": 60, "PREEMPT_RT": 40}
# What takes the pilot away, how the car comes back, and how often of fifty.
KINDS = {
    "B": (37, "want off", "want on"),
    "A": (12, "unplug", "plug"),
    "E": (1, "pilot short", "unplug;pilot auto;wait;plug"),
}
CAR_MILLIAMPS = 16_000
# The load's writer has to finish a file in so many trials on average; on PREEMPT_RT it gets the least time.
TRIALS_A_FILE = 2
TRACE = "/sys/kernel/tracing/instances/latency"
FOLDER = "/run/latency"


class BoardTools:
    """The shipped programs on the board, with the face of `Tools`."""

    binaries, share, home = "/usr/bin", "/usr/share/wattseal", "/run"

    def __init__(self, board: EmulatedBoard):
        self.board = board

    def path(self, name: str) -> str:
        return f"{self.home}/{name}"

    def write(self, name: str, text: str) -> None:
        coded = base64.b64encode(text.encode()).decode()
        self.board.run(f"echo {coded} | base64 -d >{self.path(name)}")

    def run(self, program: str, *words: str) -> str:
        return self.board.run(" ".join(f"'{word}'" for word in (program, *words)))

    def start(self, name: str, command: list[str]) -> str:
        words = " ".join(f"'{word}'" for word in command)
        self.board.run(f"{words} >{self.path(name)}.out 2>{self.path(name)}.log </dev/null & echo $! >{self.path(name)}.pid")
        return name

    def ready_line(self, name: str, child: str) -> dict[str, str]:
        """Waits on the board, whose own time may race: a thousand looks."""
        found = self.board.run(
            f"n=0; until grep '^ready ' {self.path(name)}.out || [ $n = 1000 ]; do n=$((n + 1)); sleep 0.1; done;"
            f" cat {self.path(name)}.log")
        if not found.startswith("ready "):
            raise Failure(f"{name}: expected a line that it is ready, found: {found[-400:]}")
        return dict(word.split("=", 1) for word in found.splitlines()[0].split() if "=" in word)


class InnerCharger(EmulatedCharger):
    """`wattseald` on a board that holds the meter's line and the ledger, too."""

    ledger_host = "127.0.0.1"

    def __init__(self, tools: BoardTools, board: EmulatedBoard, plant: Plant):
        super().__init__(tools, board)
        self.meter_line = plant.line

    def fetch(self, name: str, *words: str) -> str:
        """Has `wattseal` write a file, and answers where it is on the board."""
        self.tools.run("wattseal", *words, "-o", self.tools.path(name))
        return self.tools.path(name)


def plan(seed: int, trials: int) -> str:
    """The trials as `Guest/latency-trials` reads them: kind and waiting time of each from the seed."""
    numbers = random.Random(seed)
    kinds = numbers.choices(list(KINDS), weights=[weight for weight, _, _ in KINDS.values()], k=trials)
    return "".join(f"{number} {kind} {numbers.uniform(0.3, 0.5):.6f} {KINDS[kind][1]};{KINDS[kind][2]}\n"
                   for number, kind in enumerate(kinds, 1))


class LatencyRun:
    """One board, one session after the other, one trial after the other."""

    def __init__(self, words, board: EmulatedBoard):
        self.words, self.board = words, board
        self.load = "loaded" if words.load else "idle"
        self.seed = random.SystemRandom().randrange(1 << 32) if words.seed is None else words.seed
        board.icount = ICOUNT

    def measure(self) -> dict:
        """Boots, charges, runs the trials, and answers what came of them."""
        say(self.board.boot())
        release = self.board.run("uname -r")
        self._start()
        seconds = self._try()
        trace, counts = (self._fetch(name) for name in ("trace.txt", "counts.txt"))
        trials = read_trials(trace, int(self.board.run("echo $GPIO_BASE")))
        effort = read_effort(counts)
        flavour = "PREEMPT_RT" if "-rt-" in release else "normal"
        return {
            "label": LABEL, "kernel": release, "flavour": flavour, "load": self.load, "seed": self.seed,
            "asked": self.words.trials, "limit_ms": LIMIT_MILLISECONDS[flavour], "busy_share": round(effort.busy, 3),
            "disk_writes": effort.writes, "load_files": effort.files, "board_seconds": seconds,
            "trials": [vars(trial) for trial in trials],
        }

    def _start(self) -> None:
        tools = BoardTools(self.board)
        plant = Plant(tools, 1)
        # A trace of its own, so that the agent's is not read away.
        filters = " || ".join(f"gpio == {offset}" for offset in (f"'$GPIO_BASE'", f"'$((GPIO_BASE + 1))'"))
        self.board.run(
            f"mkdir {TRACE}; echo mono >{TRACE}/trace_clock; echo 4096 >{TRACE}/buffer_size_kb;"
            f" echo 'get == 0 && ({filters})' >{TRACE}/events/gpio/gpio_value/filter;"
            f" echo 1 >{TRACE}/events/gpio/gpio_value/enable")
        self.board.run(f"killall pin-agent; pin-agent /run/pins.sock $PINS $GPIO_BASE {TRACE}/trace_marker 2>/run/agent.log &")
        self.board.run("until [ -S /run/pins.sock ]; do sleep 0.1; done")
        tools.start("bridge", bridge_command(tools, "/run/pins.sock", plant, tools.share, "/etc/lines.txt"))
        self.charger = InnerCharger(tools, self.board, plant)
        session = Session(self.charger, tools, plant, Ledger(tools), grant=500 * Ledger.PRICE)
        # The board's time has nothing to do with this machine's, which may be slow.
        session.patience = 20
        session.commission()
        session.plug("off")
        plant.tell(f"current {CAR_MILLIAMPS}")
        # From full current to none in 2 ms: the trials are about the pilot, not about the car's ramp.
        plant.tell("ramp 10000000")

    def _try(self) -> float:
        coded = base64.b64encode(gzip.compress(plan(self.seed, self.words.trials).encode())).decode()
        self.board.run(f"echo {coded} | base64 -d | gunzip >/run/plan.txt")
        say(f"{self.words.trials} trials, {self.load}, seed {self.seed}")
        began = float(self.board.run("cut -d' ' -f1 /proc/uptime"))
        try:
            self.board.run(f"latency-trials /run/plan.txt /run/plant.control {FOLDER} {self.load} 2>/run/trials.log",
                           seconds=60 + 3 * self.words.trials)
        except Failure:
            said = self.board.run("tail -n 3 /run/trials.log /run/agent.log /run/bridge.log /run/pins.txt", may_fail=True)
            raise Failure(f"the trials ended early: {said}; {self.charger.log()}")
        return float(self.board.run("cut -d' ' -f1 /proc/uptime")) - began

    def _fetch(self, name: str) -> str:
        packed = self.board.run(f"gzip -9 <{FOLDER}/{name} | base64", seconds=60)
        text = gzip.decompress(base64.b64decode(packed)).decode()
        with open(os.path.join(self.words.home, f"latency-{name}"), "w") as file:
            file.write(text)
        return text


def percentile(values: list[int], share: float) -> int:
    """The smallest of the values that at least this share of them does not exceed."""
    return sorted(values)[math.ceil(len(values) * share) - 1]


def histogram(values: list[int]) -> list[str]:
    """One row a millisecond."""
    bins: dict[int, int] = {}
    for value in values:
        bins[value // 1000] = bins.get(value // 1000, 0) + 1
    return [f"  {low:3d} to {low + 1:3d} ms  {bins.get(low, 0):4d}  {'#' * bins.get(low, 0)}"
            for low in range(min(bins), max(bins) + 1)]


def report(result: dict) -> list[str]:
    """The lines that are printed, and at their end what failed."""
    trials = [Trial(**trial) for trial in result["trials"]]
    taken = [trial.microseconds for trial in trials if trial.microseconds is not None]
    phases = [0] * 5
    for trial in trials:
        if trial.phase is not None:
            phases[min(trial.phase // 1000, 4)] += 1
    lines = [f"pilot to contactor pin, {LABEL}",
             f"kernel {result['kernel']} ({result['flavour']}), {result['load']}, seed {result['seed']}; processor "
             f"{result['busy_share']:.0%} busy, {result['disk_writes']} writes to the disk during the trials, {result['load_files']} files by the load"]
    if taken:
        lines += histogram(taken)
        lines.append(f"median {statistics.median(taken) / 1000:.1f} ms, p99 {percentile(taken, 0.99) / 1000:.1f} ms, worst "
                     f"{max(taken) / 1000:.1f} ms of {len(taken)} (limit {result['limit_ms']} ms); the pilot changed in the "
                     f"period's 1st to 5th millisecond: {', '.join(str(count) for count in phases)} times")
    for kind in KINDS:
        of_kind = [trial.microseconds for trial in trials if trial.kind == kind and trial.microseconds is not None]
        if of_kind:
            lines.append(f"  to {kind}: {len(of_kind)}, worst {max(of_kind) / 1000:.1f} ms")
    return lines


def late(result: dict) -> list[str]:
    """The openings beyond the limit."""
    return [f"trial {trial.number} ({trial.kind}): {trial.microseconds / 1000:.1f} ms"
            for trial in (Trial(**trial) for trial in result["trials"])
            if trial.microseconds is not None and trial.microseconds > result["limit_ms"] * 1000]


def mistakes(result: dict) -> list[str]:
    """Why the times of the run say nothing, or not all: trials without a time, or a load that was none."""
    trials = [Trial(**trial) for trial in result["trials"]]
    found = [f"trial {trial.number} ({trial.kind}): {trial.wrong}" for trial in trials if trial.microseconds is None]
    if [trial.number for trial in trials] != list(range(1, result["asked"] + 1)):
        found.append(f"expected trials 1 to {result['asked']}, found {len(trials)}")
    if result["load"] == "loaded" and result["busy_share"] < 0.95:
        found.append(f"expected a processor without idle time under load, found {result['busy_share']:.0%} busy")
    # The firmware writes, too: that alone is no load.
    if result["load"] == "loaded" and result["load_files"] * TRIALS_A_FILE < result["asked"]:
        found.append(f"expected a load that writes {result['asked'] / TRIALS_A_FILE:.0f} files or more, found {result['load_files']}")
    return found


def measure_latency(words, board: EmulatedBoard) -> int:
    """Runs the trials, prints the histogram, leaves latency.json, and answers the exit code."""
    result = LatencyRun(words, board).measure()
    result["late"], result["mistakes"] = late(result), mistakes(result)
    failures = result["mistakes"] + result["late"]
    with open(os.path.join(words.home, "latency.json"), "w") as file:
        json.dump(result, file, indent=1)
    for line in report(result) + [f"FAIL {failure}" for failure in failures]:
        print(line)
    print(f"{len(result['late'])} late openings, {len(result['mistakes'])} mistakes" if failures
          else f"{len(result['trials'])} of {result['asked']} openings are within the limit")
    return 1 if failures else 0
