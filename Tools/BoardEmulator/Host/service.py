"""A technician at the board's serial line: logs in, gives every command as a person and as a program, meets every interlock."""
import difflib
import hashlib
import json
import os
import re
import time
from contextlib import contextmanager

import answers
from chargers import EmulatedCharger
from emulated_board import EmulatedBoard
from failure import DOES_NOT_HOLD, HOLDS
from processes import Bridge, Ledger, Plant, Tools
from service_commands import (
    CALIBRATION, CALIBRATION_RESET, CHANGES, CHARGING_REFUSALS, IDLE_REFUSALS, KNOWN, MOVING, READING, Row, SERVICE_ENTRY,
    SERVICE_EXIT, SERVICE_REFUSALS, SERVICE_TESTS, SETTINGS)
from session import Session, say, wait_for
from shell_line import ShellLine
from technician import Technician

SHELL = """
[shell]
device = "/dev/ttyS3"
authorities = ["{authority}"]
"""

# The key that codes for the telephone are made with.
PHONE = 'phone_key = "/data/phone.key"\n'


def normal(text: str) -> str:
    """What was said without what differs from run to run: hashes, frames, numbers, moments, tokens, and how late the loop was."""
    text = re.sub(r"confirm [0-9A-F]{4}", "confirm T", text)
    text = re.sub(r"[0-9a-f]{16,}|[A-Za-z0-9+/]{60,}=*", "H", text)
    text = re.sub(r'\b((?:request|reply)(?: +|": "))[0-9a-f]+', r"\1H", text)
    text = re.sub(r"-?\d+([.:T-]\d+)*Z?", "N", text)
    # Service mode waits for 5 s without a car, by the core's own clock, which begins anew behind a late loop.
    text = re.sub(r" \[a car or a cable is there[^\]]*\]", "", text)
    return re.sub(r"N: N(, N: N)+", "N: N …", text)


class ServiceVisit:
    """One visit; what did not hold is collected."""

    def __init__(self, line: ShellLine, technician: Technician, session: Session):
        self.line, self.technician, self.session = line, technician, session
        self.people: list[str] = []
        self.programs: list[str] = []
        self.failures: list[str] = []
        # How often each action has to stand on record, by its command and outcome.
        self.expected: dict[tuple[str, str], int] = {}

    def check(self, holds: bool, what: str) -> None:
        if not holds:
            self.failures.append(what)
            print(f"FAIL {what}", flush=True)

    def note(self, command: str, outcome: str) -> None:
        self.expected[(command, outcome)] = self.expected.get((command, outcome), 0) + 1

    def challenge(self) -> str:
        lines = self.line.type("login")
        return next(line.split()[1] for line in lines if line.startswith("challenge"))

    def log_in(self, role: str) -> None:
        lines: list[str] = []

        def is_judged() -> bool:
            # The port is closed for a moment behind the failed login.
            lines[:] = self.line.type(f"login {self.technician.answer(self.challenge(), role)}")
            return not any("wait" in line for line in lines)

        wait_for(30, "the port to open again", is_judged, lambda: lines)
        self.check(any(line.split() == ["role", role] for line in lines), f"login as {role}: found {lines}")
        self.note("login", "done")

    def before_login(self) -> None:
        """Nothing but help and the name is told to a stranger, and nobody comes in by an old or another answer."""
        for row in READING:
            lines = self.line.type(row.line)
            is_open = row.name in ("help", "ident", "whoami")
            self.check(is_open or any("needs the role" in line for line in lines), f"a stranger's {row.line}: found {lines}")
        for row in CHANGES:
            reply = self.line.ask(row.machine, row.arguments, summed=True)
            self.check(reply.get("err") == "E_ROLE", f"a stranger's {row.line}: found {reply}")
        self.technician.certify("elsewhere", ["service"], scope="device:" + "00" * 32)
        answer = self.technician.answer(self.challenge(), "service", "elsewhere")
        lines = self.line.type(f"login {answer}")
        self.check(any("login refused" in line for line in lines), f"a certificate for another device: found {lines}")
        self.note("login", "refused")

    def calm(self) -> None:
        """Waits until no fault stands: an emulated processor is late now and then, and a fault of it stands for a moment."""
        faults = lambda: self.line.ask("faults")["data"]["faults"]  # noqa: E731
        wait_for(120, "no fault", lambda: not faults(), faults)

    def look(self) -> None:
        """Every command that only looks, in both renderers."""
        self.calm()
        for row in READING:
            lines = self.line.type(row.line)
            reply = self.line.ask(row.machine, row.arguments)
            self.check(reply.get("ok") is True, f"{row.line} of a program: found {reply}")
            self.check(not any(line.startswith("error") for line in lines), f"{row.line} of a person: found {lines}")
            if row.name in MOVING:
                for fault in answers.faults(row.name, reply.get("data") or {}, lines):
                    self.check(False, f"{row.line}: {fault}")
                lines = ["more than a line"]
                data = sorted(reply.get("data") or {})
            else:
                data = reply.get("data")
            self.tell(row, lines, data)

    def tell(self, row: Row, lines: list[str], data: object) -> None:
        """Puts into the transcripts what a person saw and a program got."""
        self.people += [f"wattseal> {row.line}"] + normal("\n".join(lines)).split("\n")
        self.programs.append(f"{row.line}: {normal(json.dumps(data, ensure_ascii=False))}")

    def change(self) -> None:
        """Every change: by a person with a token, by a program with a sum; and what is missing refuses it."""
        for row in CHANGES:
            self.line.type(row.line)
            wrong = self.line.type("confirm 0000")
            self.check(any("nothing was confirmed" in line for line in wrong), f"{row.line} with a wrong token: found {wrong}")
            lines = self.line.confirm(row.line)
            self.check(any(line.startswith("done") for line in lines), f"{row.line} of a person: found {lines}")
            self.note(row.name, "done")
            if row.name == "key rotate":
                # Another one is refused until the ledger has this one.
                self.session.settle_down()
            reply = self.line.ask(row.machine, row.arguments)
            self.check(reply.get("err") == "E_SUM", f"{row.line} without a sum: found {reply}")
            reply = self.line.ask(row.machine, row.arguments, summed=True)
            self.check(reply.get("ok") is True, f"{row.line} of a program: found {reply}")
            again = self.line.ask(row.machine, row.arguments, summed=True, number=self.line.requests)
            self.check(again == reply, f"{row.line} sent again: found {again}, before {reply}")
            self.note(row.name, "done")
            self.tell(row, lines, reply.get("data"))

    @staticmethod
    def wait_for_room() -> None:
        """A program makes no more than 16 changes in a minute."""
        time.sleep(61)

    def settings(self) -> None:
        """Settings that stay, by a person and then by a program; and a trial that nobody confirms ends by itself."""
        for is_program in (False, True):
            if is_program:
                self.wait_for_room()
            for row in SETTINGS:
                if is_program:
                    reply = self.line.ask(row.machine, row.arguments, summed=True)
                    self.check(reply.get("ok") is True, f"{row.line} of a program: found {reply}")
                    self.tell(row, [], reply.get("data"))
                else:
                    lines = self.line.confirm(row.line)
                    self.check(any(line.startswith("done") for line in lines), f"{row.line} of a person: found {lines}")
                    self.tell(row, lines, None)
                self.note(row.name, "done")
        for row in (SETTINGS[0], Row("config commit confirmed", "10", {"time": 10})):
            self.line.confirm(row.line)
            self.note(row.name, "done")

        def limit() -> object:
            return next(row.get("value_ma") for row in self.line.ask("config")["data"]["settings"] if row["setting"] == "limit")

        self.check(limit() == 16_000, f"a limit on trial: found {limit()}")
        wait_for(40, "the trial's end", lambda: not limit(), limit)
        # The end of a trial stands on record under who began it.
        self.note("config rollback", "done")

    def refusals(self, rows: list[tuple[Row, str]]) -> None:
        """Interlocks: each refuses a person and a program with its reason."""
        for row, reason in rows:
            lines = self.line.confirm(row.line)
            # Whether it is known only when it is tried: then it was begun, and that is on record.
            is_tried = any("confirm " in line for line in lines)
            self.check(any("error" in line and reason in line for line in lines), f"{row.line} of a person: expected {reason!r}, found {lines}")
            reply = self.line.ask(row.machine, row.arguments, summed=True)
            self.check(reply.get("err") == "E_INTERLOCK", f"{row.line} of a program: expected an interlock, found {reply}")
            for _ in range(2 if is_tried else 0):
                self.note(row.name, "refused")
            self.tell(row, lines, {key: reply.get(key) for key in ("err", "msg")})

    def enter_service(self) -> None:
        """Service mode stands behind this. A late loop ends it, and an emulated processor has late loops."""
        def is_entered() -> bool:
            lines = self.line.confirm(SERVICE_ENTRY.line)
            if any("stands already" in line for line in lines):
                return True
            if any("confirm " in line for line in lines):
                self.note(SERVICE_ENTRY.name, "done" if any(line.startswith("done") for line in lines) else "refused")
            return any(line.startswith("done") for line in lines)

        wait_for(60, "service mode", is_entered, lambda: self.line.type("status"))

    def in_service(self, what: str, give) -> object:
        """Gives a command in service mode, again where the mode had ended by itself; its answer."""
        for _ in range(5):
            answer = give()
            if "service mode does not stand" not in str(answer):
                return answer
            self.enter_service()
        self.check(False, f"{what}: service mode ended five times")
        return answer

    def service_mode(self) -> None:
        """A visit in service mode: each test by a person and by a program, what the board has no part for, and the way out."""
        self.enter_service()
        told = self.in_service("status", lambda: self.line.type("status"))
        self.check(any(line.split()[:2] == ["service", "mode"] for line in told), f"status in service mode: found {told}")
        for row in SERVICE_TESTS:
            lines = self.in_service(row.line, lambda row=row: self.line.confirm(row.line))
            self.check(any(line.startswith("done") for line in lines), f"{row.line} of a person: found {lines}")
            reply = self.in_service(row.line, lambda row=row: self.line.ask(row.machine, row.arguments, summed=True))
            self.check(reply.get("ok") is True, f"{row.line} of a program: found {reply}")
            for _ in range(2):
                self.note(row.name, "done")
            self.tell(row, [f"more than a line, under: {lines[0]}"], sorted(reply.get("data", {})))
        self.calibration()
        for row, reason in SERVICE_REFUSALS:
            lines = self.in_service(row.line, lambda row=row: self.line.confirm(row.line))
            self.check(any(reason in line for line in lines), f"{row.line} of a person: expected {reason!r}, found {lines}")
        reply = self.in_service(SERVICE_EXIT.line, lambda: self.line.ask(SERVICE_EXIT.machine, SERVICE_EXIT.arguments, summed=True))
        self.check(reply.get("ok") is True, f"{SERVICE_EXIT.line} of a program: found {reply}")
        self.note(SERVICE_EXIT.name, "done")

    def calibration(self) -> None:
        """A channel against a meter, by a person and by a program, and the board profile's numbers again."""
        def give(ask) -> object:
            answer = ask()
            # The mode ended by itself while the channel was read: that was begun, and is on record as refused.
            if "ended while" in str(answer):
                self.note(CALIBRATION.name, "refused")
                return "service mode does not stand"
            return answer

        lines = self.in_service(CALIBRATION.line, lambda: give(lambda: self.line.confirm(CALIBRATION.line)))
        self.check(any(line.startswith("done") for line in lines), f"{CALIBRATION.line} of a person: found {lines}")
        reply = self.in_service(CALIBRATION.line, lambda: give(
            lambda: self.line.ask(CALIBRATION.machine, CALIBRATION.arguments, summed=True)))
        self.check(reply.get("ok") is True, f"{CALIBRATION.line} of a program: found {reply}")
        for _ in range(2):
            self.note(CALIBRATION.name, "done")
        self.tell(CALIBRATION, [f"more than a line, under: {lines[0]}"], sorted(reply.get("data", {})))
        lines = self.line.confirm(CALIBRATION_RESET.line)
        self.check(any(line.startswith("done") for line in lines), f"{CALIBRATION_RESET.line} of a person: found {lines}")
        self.note(CALIBRATION_RESET.name, "done")

    def noise(self) -> None:
        """A damaged line is not executed; the next good one is."""
        self.line.send(b"stop 1\xff\xfe\r")
        self.line.expect("nothing executed")
        self.line.expect("wattseal> ")
        reply = self.line.ask_line('{"id":900,"cmd":"stop","args":{"connector":1},"sum":"00000000"}')
        self.check(reply.get("err") == "E_SUM", f"a wrong sum: found {reply}")
        reply = self.line.ask_line('{"id":901,"cmd":"stop","args":{"connector":"one"}}')
        self.check(reply.get("err") == "E_ARGUMENTS", f"a wrong argument: found {reply}")
        reply = self.line.ask("frobnicate")
        self.check(reply.get("err") == "E_UNKNOWN_COMMAND", f"a wrong command: found {reply}")

    def others(self) -> None:
        """Commands that belong to one of the two."""
        self.check(self.line.ask("subscribe").get("ok") is True, "subscribe of a program")
        self.check(self.line.ask("unsubscribe").get("ok") is True, "unsubscribe of a program")
        self.check(self.line.ask("watch").get("err") == "E_MODE", "watch of a program")
        self.check(self.line.ask("fw.recv.zmodem").get("err") == "E_MODE", "a terminal's file transfer of a program")
        self.check(any("not for this mode" in line for line in self.line.type("subscribe")), "subscribe of a person")
        self.check(self.line.type("term dumb") == [], "term of a person")
        self.line.send(b"watch 200\r")
        for _ in range(3):
            self.line.expect(" faults")
        self.line.send(b"q")
        self.line.expect("wattseal> ")

    def speeds(self) -> None:
        """Another speed: kept by a command at it, and taken back without one. QEMU's cable carries bytes at any."""
        board = self.session.charger.board

        def speed() -> str:
            return board.run("stty -F /dev/ttyS3").split()[1]

        def change(rate: str) -> list[str]:
            lines = self.line.type(f"baud {rate}")
            # The speed changes behind the answer, and what came in before it is thrown away: a person sets the terminal meanwhile.
            wait_for(5, f"{rate} baud", lambda: speed() == rate, speed)
            self.line.type("whoami")
            return lines

        before = speed()
        lines = change("57600")
        self.check(any(line.split() == ["baud", "57600"] for line in lines), f"baud of a person: found {lines}")
        time.sleep(6)
        self.check(speed() == "57600", f"a speed at which a command arrived: expected 57600, found {speed()}")
        reply = self.line.ask("baud", {"rate": "9600"})
        self.check(reply.get("data", {}).get("baud") == 9600, f"baud of a program: found {reply}")
        wait_for(30, "the speed before", lambda: speed() == "57600", speed)
        change(before)
        self.check(speed() == before, f"the speed of the beginning: expected {before}, found {speed()}")

    def phone(self) -> None:
        """Without a certificate: what the back office reads out lets look, and once."""
        lines = self.line.type("login")
        told = {line[:20].strip(): line[20:].strip() for line in lines}
        code = self.technician.phone_code(told["device"], told["phone question"])
        lines = self.line.type(f"login code {code}")
        self.check(any(line.split() == ["role", "viewer"] for line in lines), f"login by a code: found {lines}")
        self.note("login", "done")
        lines = self.line.type("stop 1")
        self.check(any("needs the role service" in line for line in lines), f"stop by a code's viewer: found {lines}")
        lines = self.line.type(f"login code {code}")
        self.check(any("no challenge stands" in line for line in lines), f"a code for the second time: found {lines}")
        self.check(any(line.split() == ["role", "none"] for line in self.line.type("logout")), "logout of a code's viewer")

    def every_command_was_given(self) -> None:
        known = {name.replace(" ", "_") for name in KNOWN}
        told = set(self.line.ask("help")["data"])
        self.check(told == known, f"commands without a row here: {sorted(told - known)}, rows without a command: {sorted(known - told)}")

    def compare_records(self, told: str) -> None:
        """By the verifier, every action stands in the device's own chain with name, role and digest; and no other does."""
        found: dict[tuple[str, str], int] = {}
        for line in told.splitlines():
            act = re.search(r': technician (".*") as (\w+): (".*?"), (\w+): (".*"), digest ([0-9a-f]{64})$', line)
            if not act:
                self.check(": technician " not in line, f"a technician's record: found {line}")
                continue
            name, action, subject = json.loads(act[1]), json.loads(act[3]), json.loads(act[5])
            # A certificate that is not this board's is nobody's name, and a code has none.
            names = (("unproven",) if act[4] == "refused" and action == "login"
                     else ("bench", "phone code") if action in ("login", "logout") else ("bench",))
            self.check(name in names, f"a technician's name: found {line}")
            digest = hashlib.sha256(subject.encode()).hexdigest()
            self.check(act[6] == digest, f"a digest of the arguments: expected {digest}, found {line}")
            if act[4] != "begun" and action != "logout":
                found[(action, act[4])] = found.get((action, act[4]), 0) + 1
        self.check(found == self.expected, f"actions on record: expected {self.expected}, found {found}")
        print(f"technician's actions on record: {sum(found.values())}, expected {sum(self.expected.values())}", flush=True)


def compare_transcript(name: str, lines: list[str], words) -> bool:
    """Whether a transcript is the one that was kept; with --renew it becomes that."""
    path = os.path.join(words.repository, "Tools/BoardEmulator/Host/transcripts", name)
    if words.renew:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write("\n".join(lines) + "\n")
        return True
    with open(path) as file:
        kept = file.read().splitlines()
    difference = list(difflib.unified_diff(kept, lines, f"kept {name}", f"found {name}", lineterm="", n=1))
    for line in difference:
        print(line)
    return not difference


def converse(visit: ServiceVisit, session: Session, plant: Plant) -> None:
    """The visit itself: a stranger, a login, every command on the idle board, and what a charging car forbids."""
    visit.line.wake()
    visit.before_login()
    visit.log_in("vendor")
    visit.every_command_was_given()
    visit.look()
    visit.change()
    visit.settings()
    visit.calm()
    visit.refusals(IDLE_REFUSALS)
    visit.wait_for_room()
    visit.service_mode()
    visit.noise()
    visit.others()
    visit.speeds()
    session.settle_down()
    session.plug("off")
    wait_for(120, "a car that charges", lambda: plant.status()["car"]["current_ma"] > 60_000, session.words)
    visit.refusals(CHARGING_REFUSALS)
    visit.check(any(line.split() == ["role", "none"] for line in visit.line.type("logout")), "logout")
    visit.phone()
    plant.tell("unplug")
    session.settle_down()


def restart(visit: ServiceVisit, charger: EmulatedCharger, board: EmulatedBoard) -> None:
    """A technician's reboot: with a supervisor the firmware comes back by itself, and says why it was away."""
    def await_another(process: str) -> None:
        wait_for(60, "another daemon", lambda: board.run("cat /run/wattseald.pid") != process,
                 lambda: board.run("tail -n 3 /run/supervisor.log"))
        wait_for(60, "the daemon's status", charger.status, visit.session.words)
        visit.line.wake()

    first = board.run("cat /run/wattseald.pid")
    charger.stop()
    board.run("start-supervisor")
    await_another(first)
    visit.log_in("service")
    second = board.run("cat /run/wattseald.pid")
    lines = visit.line.confirm("reboot after the visit")
    visit.check(any(line.startswith("done") for line in lines), f"reboot of a person: found {lines}")
    visit.note("reboot", "done")
    await_another(second)
    told = visit.line.type("ident")
    visit.check(any("after the visit (bench)" in line for line in told), f"ident after a reboot: found {told}")
    visit.session.settle_down()


@contextmanager
def technicians_board(words, board: EmulatedBoard):
    """A commissioned charger whose shell is on the board's serial line, and a technician at its other end: visit, charger, plant."""
    board.has_shell = True
    with Tools(words.binaries, words.repository, os.path.join(words.home, words.command)) as tools:
        plant = Plant(tools, 1)
        board.meter_line = plant.line
        say(board.boot())
        Bridge(tools, plant).restart(board.path("pins"))
        technician = Technician(tools)
        board.run(f"(umask 077; echo {technician.phone_key} >/data/phone.key; sync)")
        charger = EmulatedCharger(tools, board, SHELL.format(authority=technician.authority) + PHONE)
        # A technician's read of a register waits for room between two polls.
        charger.poll_ms = 1000
        session = Session(charger, tools, plant, Ledger(tools), grant=100 * Ledger.PRICE)
        session.commission()
        yield ServiceVisit(ShellLine(board.path("shell"), tools.path("shell.log")), technician, session), charger, plant


def settle_records(visit: ServiceVisit, charger: EmulatedCharger, board: EmulatedBoard) -> None:
    """Has the verifier read what the charger signed, and compares it with what was done."""
    board.run(f"wattseal records export --journal {charger.journal} -o /run/export", 60)
    visit.compare_records(board.run("wattseal records verify /run/export", 60))


def visit_board(words, board: EmulatedBoard) -> int:
    """The whole visit; answers the exit code."""
    with technicians_board(words, board) as (visit, charger, plant):
        converse(visit, visit.session, plant)
        restart(visit, charger, board)
        settle_records(visit, charger, board)
        board.run("kill $(cat /run/supervisor.pid)")
    same = [compare_transcript("people.txt", visit.people, words), compare_transcript("programs.txt", visit.programs, words)]
    print(f"{len(visit.failures)} failures; transcripts {'agree' if all(same) else 'differ'}: "
          f"{len(visit.people)} lines of a person, {len(visit.programs)} answers to a program")
    return HOLDS if all(same) and not visit.failures else DOES_NOT_HOLD
