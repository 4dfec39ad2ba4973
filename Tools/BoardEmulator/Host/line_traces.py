"""The line adapter over both versions of libgpiod, on the kernel's simulated chip: the same calls, the same answers."""
from emulated_board import EmulatedBoard
from session import say

NAMES = ["OUT", "DRAIN", "IN", "LOW", "EDGE", "BOUNCE", "BUSY"]
# A chip of its own beside the board's, with eight lines.
MAKE_CHIP = (
    "chip=/config/gpio-sim/trace; mkdir $chip $chip/bank0; echo 8 >$chip/bank0/num_lines; "
    + "".join(f"mkdir $chip/bank0/line{offset}; echo {name} >$chip/bank0/line{offset}/name; "
              for offset, name in enumerate(NAMES))
    + "echo 1 >$chip/live; cat $chip/dev_name $chip/bank0/chip_name"
)


def compare_traces(board: EmulatedBoard) -> int:
    """Runs both programs, says each line on which they differ, and answers the exit code."""
    say(board.boot())
    device, chip = board.run(MAKE_CHIP).split()
    traces = {}
    for version in ("1", "2"):
        output = board.run(f"gpio-trace-{version} /dev/{chip} /sys/devices/platform/{device}/{chip}", 60)
        head, *traces[version] = output.splitlines()
        print(f"{head}: {len(traces[version])} calls", flush=True)
        if not head.startswith(f"# libgpiod {version}."):
            print(f"FAIL expected libgpiod {version}, found {head!r}")
            return 1
    print("\n".join(traces["2"]))
    differing = [(one, two) for one, two in zip(traces["1"], traces["2"]) if one != two]
    for one, two in differing:
        print(f"FAIL version 1: {one!r}, version 2: {two!r}")
    longer = len(traces["1"]) != len(traces["2"])
    if longer or not traces["1"]:
        print(f"FAIL expected as many calls, found {len(traces['1'])} and {len(traces['2'])}")
    good = not differing and not longer and bool(traces["1"])
    print("both versions answer alike" if good else f"{len(differing)} answers differ")
    return 0 if good else 1
