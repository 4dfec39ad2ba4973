"""What the flight recording says of the machine when a sample of the pilot came late: whether the loop was late, too."""
import json

PERIOD = 5_000_000
# So long before a sample was late is looked at, and so many of its periods the loop must have lost.
WINDOW, LOST = 100_000_000, 5
# PilotObserver.span: a fault of the pilot is latched by five samples in a row, so long from first to last. The first was late.
SPAN = 20_000_000
LATCHED = 6


def periods_lost(moments: list[int]) -> int:
    """How many periods the loop missed in the window before the last moment, by the moments of its steps."""
    end = moments[-1]
    within = [moment for moment in moments if end - moment <= WINDOW]
    # The step before the window shows a stall that reaches into it.
    before = len(moments) - len(within) - 1
    since = max(end - WINDOW, moments[before]) if before >= 0 else within[0]
    return (end - since) // PERIOD - (len(within) - (before < 0))


def faults_with_late_loop(steps: str) -> list[bool]:
    """For each fault that a recording from the start has latched (`wattseal replay --show`), whether the loop was late when the
    first sample that made it was."""
    moments, late = [], []
    for line in steps.splitlines():
        step = json.loads(line)
        if not moments and step["step"] != 0:
            return []
        moments.append(step["at_ns"])
        for name, value in step["records"].items():
            if name.endswith(".kind") and value == LATCHED:
                # Twenty periods are a window: older moments are of no use.
                until_late = [moment for moment in moments[-60:] if moment <= moments[-1] - SPAN]
                late.append(bool(until_late) and periods_lost(until_late) >= LOST)
    return late
