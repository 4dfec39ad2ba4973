"""A technician at the board's serial line: logs in, gives every command as a person and as a program, meets every interlock."""
import difflib
import hashlib
import json
import os
import re
import subprocess
import time
from contextlib import contextmanager
from typing import NamedTuple

from chargers import EmulatedCharger
from emulated_board import EmulatedBoard
from failure import DOES_NOT_HOLD, HOLDS
from processes import Bridge, Ledger, Plant, Tools
from session import Session, say, wait_for
from shell_line import ShellLine

SHELL = """
[shell]
device = "/dev/ttyS3"
authorities = ["{authority}"]
"""

NONCE = "00112233445566778899aabbccddeeff"


class Row(NamedTuple):
    """A command: its name, its values as a person types them and as a program sends them."""
    name: str
    typed: str = ""
    arguments: dict = {}

    @property
    def line(self) -> str:
        return f"{self.name} {self.typed}".strip()

    @property
    def machine(self) -> str:
        return self.name.replace(" ", ".")


# Commands that only look. Every command of the board's own help has to be here or below.
READING = [
    Row("help"), Row("help", "limit set", {"command": "limit set"}), Row("ident"), Row("whoami"), Row("status"), Row("pilot"), Row("pp"),
    Row("meter"), Row("rcd"), Row("contactor"), Row("pe"), Row("temps"), Row("lock"), Row("power"), Row("faults"), Row("session"),
    Row("limit"), Row("time"), Row("journal"), Row("ledger"), Row("key"), Row("bus"), Row("log", "5", {"lines": 5}), Row("selftest"),
    Row("bus scan", "1 1 3", {"line": 1, "first": 1, "last": 3}),
    Row("gpio"), Row("meter raw", "0 2 input 1", {"register": 0, "count": 2, "table": "input", "connector": 1}), Row("net"),
    Row("journal verify", "0", {"chain": 0}), Row("journal tail", "3", {"records": 3}),
    Row("journal export", "0 1 2", {"chain": 0, "from": 1, "through": 2}), Row("key prove", NONCE, {"nonce": NONCE}),
    Row("bundle"), Row("bundle read", "0", {"offset": 0}),
    Row("bench io", "3", {"flushes": 3}), Row("config"), Row("config diff"), Row("calib show"),
]
# Their lines are what happened on this board, or move with each look: no transcript is the next one's.
MOVING = {"log", "gpio", "journal tail", "journal export", "bundle", "bundle read", "bench io", "net", "selftest", "power"}
# Changes that the idle board makes.
CHANGES = [
    Row("limit set", "13.5 1", {"current_ma": 13500, "connector": 1}), Row("limit free", "1", {"connector": 1}),
    Row("stop", "1", {"connector": 1}), Row("start", "1", {"connector": 1}), Row("rcd test", "1", {"connector": 1}), Row("key rotate"),
]
# Settings that stay, in an order in which each is possible: staged, on trial, confirmed, taken back, for good, as before.
LIMIT, SERVICE = "config set limit", "config set service"
SETTINGS = [
    Row(LIMIT, "16 1", {"current_ma": 16000, "connector": 1}), Row("config commit confirmed", "60", {"time": 60}), Row("config confirm"),
    Row(LIMIT, "13 1", {"current_ma": 13000, "connector": 1}), Row("config commit confirmed", "60", {"time": 60}), Row("config rollback"),
    Row(SERVICE, "out 1", {"state": "out", "connector": 1}), Row("config commit"), Row(SERVICE, "in 1", {"state": "in", "connector": 1}),
    Row("config unset limit", "1", {"connector": 1}), Row("config commit"),
]
# What stands around the tests of service mode, and those tests; how long a part took is no transcript of the next visit.
SERVICE_ENTRY = Row("service enter", "1", {"connector": 1})
SERVICE_TESTS = [
    Row("contactor test", "300 1", {"ms": 300, "connector": 1}),
    Row("led test", "all 2 1", {"pattern": "all", "seconds": 2, "connector": 1}),
]
# A calibration by what the plant's pilot is, and the profile's numbers again behind it: neither is in force before a restart.
CALIBRATION = Row("calib run", "pilot-high 12000 1", {"channel": "pilot-high", "millivolts": 12_000, "connector": 1})
CALIBRATION_RESET = Row("calib reset", "pilot-high 1", {"channel": "pilot-high", "connector": 1})
SERVICE_REFUSALS = [(Row("lock test", "1", {"connector": 1}), "no such part")]
SERVICE_EXIT = Row("service leave", "1", {"connector": 1})
MANIFEST = "ab" * 32
# Of another device than this one: what it does to its own is for a board that is not used any more.
KEY_DESTRUCTION = Row("key destroy", "00000000", {"device": "00000000"})
# What the board refuses as it is, and a word of the reason. It runs from no slot: `flash` is about that.
IDLE_REFUSALS = [
    (Row("config commit"), "nothing is staged"), (Row("config confirm"), "nothing is on trial"),
    (Row("fw recv", MANIFEST, {"manifest": MANIFEST}), "no updater"), (Row("fw verify"), "no updater"), (Row("fw activate"), "no updater"),
    (Row("fw activate override"), "no updater"), (Row("fw confirm"), "no updater"), (Row("fw rollback"), "no updater"),
    (Row("faults clear", "301 1", {"code": 301, "connector": 1}), "not now"), (Row("stop", "7", {"connector": 7}), "not now"),
    (Row("time set", "2020-01-01T00:00:00Z", {"utc_ms": 1_577_836_800_000}), "not before the proven one"),
    (Row("reboot", "to see", {"reason": "to see"}), "supervisor"),
    (SERVICE_EXIT, "service mode"), (SERVICE_TESTS[0], "service mode"), (CALIBRATION, "service mode"),
    (CALIBRATION_RESET, "no calibration"), (KEY_DESTRUCTION, "beginning of this device's id"),
]
# What it refuses while a car charges.
CHARGING_REFUSALS = [
    (Row("key rotate"), "session"), (KEY_DESTRUCTION, "session"), (Row("rcd test", "1", {"connector": 1}), "session"),
    (Row("time set", "2026-12-01T00:00:00Z", {"utc_ms": 1_796_083_200_000}), "session"), (SERVICE_ENTRY, "session"),
]
# What has a conversation of its own below.
OTHERS = {"login", "login code", "logout", "confirm", "term", "watch", "subscribe", "unsubscribe", "baud", "fw status", "fw put", "fw recv zmodem"}
KNOWN = (OTHERS | {row.name for row in READING + CHANGES + SETTINGS + SERVICE_TESTS + [SERVICE_ENTRY, SERVICE_EXIT]}
         | {row.name for row, _ in IDLE_REFUSALS + SERVICE_REFUSALS})


def normal(text: str) -> str:
    """What was said without what differs from run to run: hashes, frames, numbers, moments, tokens, and how late the loop was."""
    text = re.sub(r"confirm [0-9A-F]{4}", "confirm T", text)
    text = re.sub(r"[0-9a-f]{16,}|[A-Za-z0-9+/]{60,}=*", "H", text)
    text = re.sub(r'\b((?:request|reply)(?: +|": "))[0-9a-f]+', r"\1H", text)
    text = re.sub(r"-?\d+([.:T-]\d+)*Z?", "N", text)
    # Service mode waits for 5 s without a car, by the core's own clock, which begins anew behind a late loop.
    text = re.sub(r" \[a car or a cable is there[^\]]*\]", "", text)
    return re.sub(r"N: N(, N: N)+", "N: N …", text)


class Technician:
    """Keys and certificate of somebody whom the board's authority trusts."""

    def __init__(self, tools: Tools):
        self.tools = tools
        for who in ("authority", "technician"):
            self._openssl("genpkey", "-algorithm", "ed25519", "-out", tools.path(f"{who}.pem"))
            os.chmod(tools.path(f"{who}.pem"), 0o600)
        self.public, self.authority = (self._station("login", "--key", tools.path(f"{who}.pem"), "--show-key").split()[-1]
                                       for who in ("technician", "authority"))
        self.certify("bench", ["service", "commission", "vendor", "viewer"])

    def _openssl(self, *words: str) -> None:
        subprocess.run(["openssl", *words], check=True, capture_output=True)

    def _station(self, *words: str) -> str:
        return self.tools.run("service-station", *words)

    def certify(self, name: str, roles: list[str], scope: str = "fleet:emulator-*") -> None:
        """Issues a certificate of this name."""
        options = [word for role in roles for word in ("--role", role)]
        self._station("certificate", "issue", "--authority", self.tools.path("authority.pem"), "--public-key", self.public,
                      "--serial", "7", "--name", name, *options, "--scope", scope, "-o", self.tools.path(f"{name}.cert"))

    def answer(self, challenge: str, role: str, name: str = "bench") -> str:
        return self._station("login", "--key", self.tools.path("technician.pem"), "--certificate", self.tools.path(f"{name}.cert"),
                             "--role", role, "--challenge", challenge).split()[-1]


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
                self.check(len(lines) > 1, f"{row.line} of a person: expected more than a line, found {lines}")
                lines = ["more than a line"]
                data = sorted(reply.get("data", {}))
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
            # A certificate that is not this board's is nobody's name.
            self.check(name == ("unproven" if act[4] == "refused" and action == "login" else "bench"), f"a technician's name: found {line}")
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
    session.settle_down()
    session.plug("off")
    wait_for(120, "a car that charges", lambda: plant.status()["car"]["current_ma"] > 60_000, session.words)
    visit.refusals(CHARGING_REFUSALS)
    visit.check(any(line.split() == ["role", "none"] for line in visit.line.type("logout")), "logout")
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
        charger = EmulatedCharger(tools, board, SHELL.format(authority=technician.authority))
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
