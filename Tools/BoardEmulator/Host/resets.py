"""Daemon, kernel and processor are reset while a car charges: the board comes up by itself, and the car charges on."""
import os
import time

from emulated_board import EmulatedBoard
from failure import DOES_NOT_HOLD, HOLDS, Failure
from faults import FaultTrial
from processes import Tools
from session import say, wait_for

SUPERVISOR = "$(cat /run/supervisor.pid)"
DAEMON = "$(cat /run/wattseald.pid)"
# What is typed on the console, and whether the board itself is reset: else only the daemon is started again.
CAUSES = {
    "kernel": ("fault-maker kernel b", True),
    "panic": ("fault-maker kernel c", True),
    "watchdog": (f"kill -STOP {SUPERVISOR}", True),
    "daemon": (f"kill -STOP {DAEMON}", False),
}
# The watchdogs' 10 s each, and what the processes need.
PATIENCE = 40


class ResetTrial(FaultTrial):
    """A board that starts its firmware by itself once it is commissioned."""

    def commission(self) -> None:
        self.power_up(self.board.boot())
        self.session.commission()
        self.charger.stop()
        # From now on init starts the supervisor, and that the daemon.
        self.board.run("touch /data/autostart; sync; start-supervisor")
        self.charge()

    def reset(self, cause: str) -> str:
        """Makes the reset, and waits until the car draws its current again; answers a sentence."""
        line, of_the_board = CAUSES[cause]
        before = self.board.run("cat /run/wattseald.pid")
        began = time.monotonic()
        self.board.console.send(f"{line} &")
        if of_the_board:
            ready = self.board.await_reset(PATIENCE)
            self.power_up(ready)
            if self.board.reset_by_watchdog != (cause == "watchdog"):
                raise Failure(f"expected {'the' if cause == 'watchdog' else 'no'} watchdog to reset the board, found "
                              f"{'it' if self.board.reset_by_watchdog else 'another cause'}")
            what = f"reset {self.board.resets}"
        else:
            wait_for(PATIENCE, "another daemon", lambda: self.board.run("cat /run/wattseald.pid") != before,
                     lambda: self.board.run("tail -n 3 /run/supervisor.log"))
            what = "the daemon alone started again"
        # A stop of the current is what makes it new.
        wait_for(PATIENCE, "no current", lambda: self.seen_open(began), self.session.words)
        self.await_current()
        return f"{what}; the car charges again after {time.monotonic() - began:.0f} s"

    def prove_whole(self) -> None:
        """The ledger has taken every record of every start, and the verifier on the board accepts them."""
        self.plant.tell("unplug")
        self.session.settle_down()
        journal = self.charger.journal
        self.board.run(f"wattseal records export --journal {journal} -o /run/export", 60)
        say(self.board.run("wattseal records verify /run/export", 60).splitlines()[-1])

    def seen_open(self, began: float) -> bool:
        return any(event["event"] == "coil" and event["value"] == "off" and event["at_ns"] >= began * 1e9
                   for event in self.plant.events())


def try_resets(words, board: EmulatedBoard) -> int:
    """Makes each reset, prints what came of it, and answers the exit code."""
    causes = words.causes or list(CAUSES)
    failed = 0
    with Tools(words.binaries, words.repository, os.path.join(words.home, "resets")) as tools:
        trial = ResetTrial(tools, board)
        trial.commission()
        for cause in causes:
            try:
                print(f"ok   {cause}: {trial.reset(cause)}", flush=True)
            except Failure as failure:
                failed += 1
                print(f"FAIL {cause}: {failure}", flush=True)
                break
        if not failed:
            trial.prove_whole()
    print(f"{len(causes)} causes, the board reset itself {board.resets} times, {failed} failed")
    return DOES_NOT_HOLD if failed else HOLDS
