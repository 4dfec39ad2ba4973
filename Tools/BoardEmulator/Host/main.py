"""The commands of Tools/board-emulator, once everything is built."""
import argparse
import os
import select
import shutil
import signal
import sys
import termios
import traceback
import tty

from device_check import check_devices
from emulated_board import EmulatedBoard
from failure import HOLDS, UNKNOWN, Failure
from faults import FAULTS, try_faults
from latency import measure_latency
from line_traces import compare_traces
from power_cut import cut_power
from resets import CAUSES, try_resets
from session import say
from session_comparison import compare_sessions


def shell(board: EmulatedBoard) -> int:
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
                    return HOLDS
                os.write(1, words)
            if 0 in ready:
                words = os.read(0, 4096)
                if not words or b"\x1d" in words:
                    return HOLDS
                board.console.socket.sendall(words)
    finally:
        if saved:
            termios.tcsetattr(0, termios.TCSADRAIN, saved)


def visit_board(words, board: EmulatedBoard) -> int:
    # pexpect is there for this command alone.
    import service
    return service.visit_board(words, board)


def try_noise(words, board) -> int:
    import noise
    return noise.try_noise(words, board)


def flash_board(words, board: EmulatedBoard) -> int:
    import flash
    import os_images
    code = HOLDS
    # Images of the operating system have a board of their own, and are tried by their name only.
    if words.names != ["os"]:
        code = flash.flash_board(words, board)
    if code == HOLDS and "os" in words.names:
        board.kill()
        code = os_images.flash_images(words, board)
    return code


COMMANDS = {
    "shell": lambda words, board: shell(board),
    "check": lambda words, board: check_devices(board),
    "lines": lambda words, board: compare_traces(board),
    "session": compare_sessions,
    "faults": try_faults,
    "power-cut": cut_power,
    "resets": try_resets,
    "latency": measure_latency,
    "service": visit_board,
    "noise": try_noise,
    "flash": flash_board,
}


def one_of(names):
    """A name of these."""
    def check(text: str) -> str:
        if text not in names:
            raise argparse.ArgumentTypeError(f"expected {', '.join(names)}, found {text}")
        return text
    return check


def positive(text: str) -> int:
    """A number of times: 1 or more."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"expected 1 or more, found {number}")
    return number


def main() -> int:
    parser = argparse.ArgumentParser(prog="board-emulator")
    for word in ("kernel", "binaries", "repository", "home"):
        parser.add_argument(f"--{word}", required=True)
    # The home is removed where the command's claim holds.
    parser.add_argument("--temporary", action="store_true")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("shell")
    commands.add_parser("check")
    commands.add_parser("lines")
    session = commands.add_parser("session")
    session.add_argument("--kwh", type=int, default=3)
    session.add_argument("--tpm", action="store_true")
    faults = commands.add_parser("faults")
    faults.add_argument("--without-gate", action="store_true")
    faults.add_argument("names", nargs="*", metavar="NAME", type=one_of(FAULTS))
    power_cut = commands.add_parser("power-cut")
    power_cut.add_argument("--cuts", type=positive, default=20)
    power_cut.add_argument("--seed", type=int, default=1)
    power_cut.add_argument("--lie", action="store_true")
    resets = commands.add_parser("resets")
    resets.add_argument("causes", nargs="*", metavar="CAUSE", type=one_of(CAUSES))
    latency = commands.add_parser("latency")
    latency.add_argument("--trials", type=positive, default=200)
    latency.add_argument("--seed", type=int, default=None)
    latency.add_argument("--load", action="store_true")
    service = commands.add_parser("service")
    service.add_argument("--renew", action="store_true")
    noise = commands.add_parser("noise")
    noise.add_argument("--seed", type=int, default=1)
    flash = commands.add_parser("flash")
    flash.add_argument("--kills", type=int, default=20)
    flash.add_argument("--seed", type=int, default=1)
    # "none" leaves the kills alone.
    flash.add_argument("names", nargs="*", metavar="NAME", type=one_of(["refused", "confirmed", "crash", "gate", "repair", "rescue", "os", "none"]))
    return run(parser.parse_args())


def run(words) -> int:
    """Runs the command and takes its processes with it, however it ends; answers the exit code."""
    # A parent that waits for its own signals leaves them blocked in its children.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM, signal.SIGHUP, signal.SIGINT})
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda caught, _: sys.exit(128 + caught))
    board = EmulatedBoard(words.kernel, os.path.join(words.home, "board"))
    code = UNKNOWN
    try:
        code = COMMANDS[words.command](words, board)
    except Failure as failure:
        say(str(failure))
    except KeyboardInterrupt:
        code = 130
    except Exception:
        # A mistake in these scripts must not look like an answer.
        traceback.print_exc()
    finally:
        # What tells this process to end a second time does not keep it from ending the others.
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        board.kill()
    if words.temporary:
        if code == HOLDS:
            shutil.rmtree(words.home, ignore_errors=True)
        else:
            say(f"what the run left is in {words.home}")
    return code


if __name__ == "__main__":
    sys.exit(main())
