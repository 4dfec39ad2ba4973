"""What the flight recording says of the machine when a sample of the pilot came late: whether the loop was late, too."""
import json

PERIOD = 5_000_000
# So long before the fault is looked at, and so many of its periods the loop must have lost.
WINDOW, LOST = 100_000_000, 5
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
    """For each fault that a recording from the start has latched (`wattseal replay --show`), whether the loop was late then."""
    moments, late = [], []
    for line in steps.splitlines():
        step = json.loads(line)
        if not moments and step["step"] != 0:
            return []
        moments.append(step["at_ns"])
        for name, value in step["records"].items():
            if name.endswith(".kind") and value == LATCHED:
                # Twenty periods are a window: older moments are of no use.
                late.append(periods_lost(moments[-40:]) >= LOST)
    return late
