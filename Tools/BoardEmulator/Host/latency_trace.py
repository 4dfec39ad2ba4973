"""What the kernel logged of the latency trials: from the pilot's new level to the contactor's line, in the board's own time."""
import re
from dataclasses import dataclass

# "   pin-agent-80      [000] ...1.    12.345678: tracing_mark_write: level 0 3276", "…: gpio_value: 492 set 1"
_LINE = re.compile(r"\s(\d+)\.(\d{6}): (?:tracing_mark_write: (trial|level) (\S+) (\S+)|gpio_value: (\d+) set ([01]))\s*$")
# Guest/lines.txt.
CONTACTOR, GATE = 0, 1
EARLY = "the contactor's line was low before the pilot changed"


@dataclass
class Trial:
    """One trial: what it was, and what came of it."""

    number: int
    kind: str
    # From the pilot's new level to the contactor's line going low; None where it did not, and then what was wrong.
    microseconds: int | None = None
    wrong: str = ""
    # From the last edge of the gate's line, one each period, to the pilot's new level.
    phase: int | None = None


def read_trials(text: str, base: int) -> list[Trial]:
    """The trials of a trace whose chip's lines begin at this number; every line has to be one that is known."""
    trials: list[Trial] = []
    level, gate = None, None
    for row in text.splitlines():
        found = _LINE.search(row)
        if not found:
            raise ValueError(f"trace: expected a mark or a line's value, found {row!r}")
        moment = int(found[1]) * 1_000_000 + int(found[2])
        if found[3] == "trial":
            trials.append(Trial(int(found[4]), found[5], wrong="the pilot kept its level"))
            level, gate = None, None
            continue
        if not trials:
            raise ValueError(f"trace: expected a trial's mark first, found {row!r}")
        trial = trials[-1]
        if found[3] == "level":
            # The first one counts: what follows belongs to the same change, or to what the opening led to.
            if level is None and trial.wrong != EARLY:
                level = moment
                trial.phase = None if gate is None else moment - gate
                trial.wrong = "the contactor's line stayed high"
        elif int(found[6]) == base + GATE:
            gate = moment
        elif int(found[6]) == base + CONTACTOR and found[7] == "0" and trial.microseconds is None:
            if level is None:
                trial.wrong = EARLY
            else:
                trial.microseconds, trial.wrong = moment - level, ""
    return trials


@dataclass
class Effort:
    """What the board did around the trials, by its kernel's own counts before and after each."""

    # Of all the time; the processor's running of any task.
    busy: float
    # To the disk, by all processes.
    writes: int
    # Files that the load's writer finished.
    files: int


def read_effort(text: str) -> Effort:
    """Rows in pairs: before or after, the uptime in seconds, /proc/schedstat's running time in nanoseconds, the files that the
    load has written, the disk's counts."""
    rows = [row.split() for row in text.splitlines()]
    seconds = running = writes = files = 0
    for before, after in zip(rows[::2], rows[1::2], strict=True):
        if (before[0], after[0]) != ("before", "after"):
            raise ValueError(f"counts: expected before and after, found {before[0]} and {after[0]}")
        seconds += float(after[1]) - float(before[1])
        running += (int(after[2]) - int(before[2])) / 1e9
        files += int(after[3]) - int(before[3])
        # Kernel's Documentation/admin-guide/iostats.rst: the fifth number of a disk is the writes that ended.
        writes += int(after[after.index("vda") + 5]) - int(before[before.index("vda") + 5])
    return Effort(running / seconds if seconds else 0.0, writes, files)
