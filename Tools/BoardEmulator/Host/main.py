"""The commands of Tools/board-emulator, once everything is built."""
import argparse
import os
import select
import sys
import termios
import tty

from device_check import check_devices
from emulated_board import EmulatedBoard
from failure import Failure
from faults import FAULTS, try_faults
from latency import measure_latency
from line_traces import compare_traces
from session import say
from session_comparison import compare_sessions


def shell(board: EmulatedBoard) -> None:
    """The board's console on this terminal."""
    say(board.boot())
    say("the console of the board; Ctrl-] ends it")
    board.console.send("PS1='board# '; stty sane -F /dev/ttyS0; exec sh -i")
    saved = termios.tcgetattr(0) if os.isatty(0) else None
    if saved:
        tty.setraw(0)
    try:
        while True:
            ready, _, _ = select.select([0, board.console.socket], [], [])
            if board.console.socket in ready:
                words = board.console.socket.recv(4096)
                if not words:
                    return
                os.write(1, words)
            if 0 in ready:
                words = os.read(0, 4096)
                if not words or b"\x1d" in words:
                    return
                board.console.socket.sendall(words)
    finally:
        if saved:
            termios.tcsetattr(0, termios.TCSADRAIN, saved)


def main() -> int:
    parser = argparse.ArgumentParser(prog="board-emulator")
    for word in ("kernel", "binaries", "repository", "home"):
        parser.add_argument(f"--{word}", required=True)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("shell")
    commands.add_parser("check")
    commands.add_parser("lines")
    session = commands.add_parser("session")
    session.add_argument("--kwh", type=int, default=3)
    faults = commands.add_parser("faults")
    faults.add_argument("--without-gate", action="store_true")
    faults.add_argument("names", nargs="*", metavar="NAME")
    latency = commands.add_parser("latency")
    latency.add_argument("--trials", type=int, default=200)
    latency.add_argument("--seed", type=int, default=None)
    latency.add_argument("--load", action="store_true")
    words = parser.parse_args()
    unknown = set(getattr(words, "names", [])) - set(FAULTS)
    if unknown:
        parser.error(f"faults: expected {', '.join(FAULTS)}, found {', '.join(sorted(unknown))}")
    board = EmulatedBoard(words.kernel, os.path.join(words.home, "board"))
    try:
        match words.command:
            case "shell":
                shell(board)
                return 0
            case "check":
                return check_devices(board)
            case "lines":
                return compare_traces(board)
            case "session":
                return compare_sessions(words, board)
            case "faults":
                return try_faults(words, board)
            case "latency":
                return measure_latency(words, board)
    except Failure as failure:
        say(str(failure))
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        board.kill()
    return 2


if __name__ == "__main__":
    sys.exit(main())
