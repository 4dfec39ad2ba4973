"""Noise on the technician's line: at every byte of what is typed and sent, a bit flips, the byte is lost, another comes before it, or the
other end sends BREAK. Nothing is done but what was meant, each deed stands on record once, and the next good line works."""
import json
import random
import time

from failure import DOES_NOT_HOLD, HOLDS, Failure
from monitor import Monitor
from service import ServiceVisit, settle_records, technicians_board
from service_commands import Row
from session import say
from shell_line import PROMPT

KINDS = ("flip", "loss", "stranger", "break")
# What the person types and the board understands; what the program sends.
TYPED = Row("limit set", "16 1")
UNDERSTOOD = "limit set current=16.000A connector=1"
SENT = Row("stop", "1", {"connector": 1})
# Seconds that a disturbed line without an end may keep a person waiting.
SILENCE = 3
# The board takes so many changes a minute. Met here, it would hide what the noise does.
LIMIT, MINUTE = "16 changes within 60 s", 61
# What the board says of a BREAK.
GREETING = "Wattseal service shell"


class NoisyVisit:
    """A login whose line is disturbed once per line; what was done is told by what the board said, whose way back is clean."""

    def __init__(self, visit: ServiceVisit, monitor: Monitor, generator: random.Random):
        self.visit, self.line, self.monitor, self.generator = visit, visit.line, monitor, generator
        self.disturbed = self.done = self.breaks = 0

    def send(self, data: bytes, kind: str, at: int) -> None:
        """Sends a line with its byte at `at` disturbed."""
        self.disturbed += 1
        before, byte, behind = data[:at], data[at], data[at + 1:]
        if kind == "flip":
            self.line.send(before + bytes([byte ^ 1 << self.generator.randrange(8)]) + behind)
        elif kind == "loss":
            self.line.send(before + behind)
        elif kind == "stranger":
            self.line.send(before + bytes([self.generator.randrange(256), byte]) + behind)
        else:
            self.line.send(before)
            # The monitor's way is not the line's: without a pause the BREAK may come before what was sent before it.
            time.sleep(0.3)
            self.monitor.send_break("shell")
            self.breaks += 1
            time.sleep(0.3)
            self.line.send(data[at:])

    def recover(self) -> str:
        """The next good line works; answers everything that was said up to its end. Logs in again where a BREAK ended the login."""
        self.line.send(b"\x03")
        self.line.send(b"whoami\r")
        said = self.line.expect("\nrole ")
        role = self.line.expect(PROMPT)
        if role.lstrip().startswith("none"):
            self.visit.log_in("service")
        return said

    def question(self) -> str:
        """Types the person's command without noise; answers the token that it asks for."""
        while LIMIT in (asked := "\n".join(self.line.type(TYPED.line))):
            time.sleep(MINUTE)
        token = self.token(asked)
        if not token:
            raise Failure(f"{TYPED.line}: expected a question, found {asked!r}")
        return token

    @staticmethod
    def token(said: str) -> str | None:
        """The token of a question that was understood as it was meant: a person confirms no other."""
        if UNDERSTOOD not in said.split("\n") or "confirm " not in said:
            return None
        return said.split("confirm ")[-1][:4]

    def count(self, said: str, row: Row) -> None:
        """Counts what a person's or a program's line did, and checks that it is what was meant."""
        for line in said.split("\n"):
            if line.startswith("done "):
                self.visit.check(line.split(maxsplit=1)[1] == UNDERSTOOD, f"noise: expected {UNDERSTOOD}, found {line}")
            elif '"done":' in line:
                self.visit.check(json.loads(line).get("data", {}).get("done") == "stop connector=1", f"noise: found {line}")
            else:
                continue
            self.done += 1
            self.visit.note(row.name, "done")

    def try_person(self, kind: str, at: int) -> str:
        """A disturbed command, confirmed where it was understood as it was meant; or behind a good one a disturbed token. Answers
        what was said."""
        command = TYPED.line.encode() + b"\r"
        said = ""
        if at < len(command):
            self.send(command, kind, at)
            said = self.line.hear(SILENCE)
            token = self.token(said)
            if token:
                self.line.send(f"confirm {token}\r".encode())
        else:
            self.send(f"confirm {self.question()}\r".encode(), kind, at - len(command))
        said += self.line.hear(SILENCE)
        return said + self.recover()

    def try_program(self, kind: str, at: int) -> str | None:
        """A request disturbed at this byte; answers what was said, nothing where it has no such byte."""
        request = (self.line.request(SENT.machine, SENT.arguments, summed=True) + "\n").encode()
        if at >= len(request):
            return None
        self.send(request, kind, at)
        return self.recover()

    def disturb(self, attempt, kind: str, at: int, row: Row) -> bool:
        """One disturbance, again where the board's limit on changes was met; answers whether there was a byte to disturb."""
        while LIMIT in (said := attempt(kind, at) or ""):
            time.sleep(MINUTE)
        if not said:
            return False
        self.count(said, row)
        if kind == "break":
            self.visit.check(said.count(GREETING) == 1, f"noise: expected a greeting behind BREAK at byte {at}, found {said!r}")
        return True


def disturb(visit: ServiceVisit, monitor: Monitor, seed: int) -> NoisyVisit:
    """Every kind of disturbance at every byte of a person's and of a program's change."""
    noisy = NoisyVisit(visit, monitor, random.Random(seed))
    confirmed = len(TYPED.line) + 1 + len("confirm 0000") + 1
    for kind in KINDS:
        for at in range(confirmed):
            noisy.disturb(noisy.try_person, kind, at, TYPED)
        say(f"noise: {kind} at each of {confirmed} bytes of a person")
        at = 0
        while noisy.disturb(noisy.try_program, kind, at, SENT):
            at += 1
        say(f"noise: {kind} at each of {at} bytes of a program")
    return noisy


def try_noise(words, board) -> int:
    """The whole run; answers the exit code."""
    with technicians_board(words, board) as (visit, charger, _):
        say(f"noise: seed {words.seed}")
        visit.line.wake()
        visit.log_in("service")
        noisy = disturb(visit, board.monitor, words.seed)
        visit.line.type("logout")
        settle_records(visit, charger, board)
    print(f"{noisy.disturbed} lines disturbed, {noisy.breaks} of them by BREAK, {noisy.done} done as they were meant; "
          f"{len(visit.failures)} failures")
    return HOLDS if not visit.failures else DOES_NOT_HOLD
