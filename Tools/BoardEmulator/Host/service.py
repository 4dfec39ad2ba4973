"""A technician at the board's serial line: logs in, gives every command as a person and as a program, meets every interlock."""
import difflib
import hashlib
import json
import os
import re
import subprocess

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

# Commands that only look, with what a program calls their arguments. Every command of the board's own help has to be here or below.
READING = [
    ("help", {}), ("help limit set", {"command": "limit set"}), ("ident", {}), ("whoami", {}), ("status", {}), ("pilot", {}), ("pp", {}),
    ("meter", {}), ("rcd", {}), ("contactor", {}), ("pe", {}), ("temps", {}), ("lock", {}), ("power", {}), ("faults", {}),
    ("session", {}), ("limit", {}), ("time", {}), ("journal", {}), ("ledger", {}), ("key", {}), ("bus", {}), ("log 5", {"lines": 5}),
    ("selftest", {}),
]
# Changes that the idle board makes.
CHANGES = [
    ("limit set 13.5 1", {"current_ma": 13500, "connector": 1}), ("limit free 1", {"connector": 1}), ("stop 1", {"connector": 1}),
    ("start 1", {"connector": 1}), ("rcd test 1", {"connector": 1}), ("key rotate", {}),
]
# What the board refuses as it is, and a word of the reason.
IDLE_REFUSALS = [
    ("faults clear 301 1", {"code": 301, "connector": 1}, "not now"),
    ("stop 7", {"connector": 7}, "not now"),
]
# What it refuses while a car charges.
CHARGING_REFUSALS = [("key rotate", {}, "session"), ("rcd test 1", {"connector": 1}, "not now")]
# What has a conversation of its own below.
OTHERS = ["login", "login code", "logout", "confirm", "term", "watch", "subscribe", "unsubscribe"]


def words_of(command: str) -> str:
    """The name of a command, without its values."""
    return "help" if command.startswith("help ") else re.sub(r"( [\d.]+)+$", "", command)


def normal(line: str) -> str:
    """A line without what differs from run to run: hashes, numbers, moments, tokens."""
    line = re.sub(r"confirm [0-9A-F]{4}", "confirm T", line)
    line = re.sub(r"[0-9a-f]{16,}|[A-Za-z0-9+/]{60,}=*", "H", line)
    return re.sub(r"-?\d+([.:T-]\d+)*Z?", "N", line)


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
        for command, _ in READING:
            lines = self.line.type(command)
            is_open = command.split()[0] in ("help", "ident", "whoami")
            self.check(is_open or any("needs the role viewer" in line for line in lines), f"a stranger's {command}: found {lines}")
        for command, arguments in CHANGES:
            reply = self.line.ask(words_of(command).replace(" ", "."), arguments, summed=True)
            self.check(reply.get("err") == "E_ROLE", f"a stranger's {command}: found {reply}")
        self.technician.certify("elsewhere", ["service"], scope="device:" + "00" * 32)
        answer = self.technician.answer(self.challenge(), "service", "elsewhere")
        lines = self.line.type(f"login {answer}")
        self.check(any("login refused" in line for line in lines), f"a certificate for another device: found {lines}")
        self.note("login", "refused")

    def look(self) -> None:
        """Every command that only looks, in both renderers."""
        for command, arguments in READING:
            lines = self.line.type(command)
            reply = self.line.ask(words_of(command).replace(" ", "."), arguments)
            self.check(reply.get("ok") is True, f"{command} of a program: found {reply}")
            self.check(not any(line.startswith("error") for line in lines), f"{command} of a person: found {lines}")
            # The firmware's log is what happened: its lines are no part of the shell.
            hidden = words_of(command) == "log"
            self.people += [f"wattseal> {command}"] + ([f"{len(lines)} lines"] if hidden else [normal(line) for line in lines])
            self.programs.append(f"{command}: {sorted(reply.get('data', [])) if hidden else normal(json.dumps(reply.get('data'), ensure_ascii=False))}")

    def change(self) -> None:
        """Every change: by a person with a token, by a program with a sum; and what is missing refuses it."""
        for command, arguments in CHANGES:
            name = words_of(command)
            lines = self.line.type(command)
            wrong = self.line.type("confirm 0000")
            self.check(any("nothing was confirmed" in line for line in wrong), f"{command} with a wrong token: found {wrong}")
            lines = self.line.confirm(command)
            self.check(any(line.startswith("done") for line in lines), f"{command} of a person: found {lines}")
            self.people += [f"wattseal> {command}"] + [normal(line) for line in lines]
            self.note(name, "done")
            if name == "key rotate":
                # Another one is refused until the ledger has this one.
                self.session.settle_down()
            machine = name.replace(" ", ".")
            reply = self.line.ask(machine, arguments)
            self.check(reply.get("err") == "E_SUM", f"{command} without a sum: found {reply}")
            reply = self.line.ask(machine, arguments, summed=True)
            self.check(reply.get("ok") is True, f"{command} of a program: found {reply}")
            again = self.line.ask(machine, arguments, summed=True, number=self.line.requests)
            self.check(again == reply, f"{command} sent again: found {again}, before {reply}")
            self.programs.append(f"{command}: {normal(json.dumps(reply.get('data')))}")
            self.note(name, "done")

    def refusals(self, rows: list[tuple[str, dict, str]]) -> None:
        """Interlocks: each refuses a person and a program with its reason."""
        for command, arguments, reason in rows:
            name = words_of(command)
            lines = self.line.confirm(command)
            if any("confirm " in line for line in lines):
                # Known only when it was tried.
                self.note(name, "refused")
            self.check(any("error" in line and reason in line for line in lines), f"{command} of a person: expected {reason!r}, found {lines}")
            reply = self.line.ask(name.replace(" ", "."), arguments, summed=True)
            self.check(reply.get("err") == "E_INTERLOCK", f"{command} of a program: expected an interlock, found {reply}")
            if any("confirm " in line for line in lines):
                self.note(name, "refused")
            self.people += [f"wattseal> {command}"] + [normal(line) for line in lines]
            self.programs.append(f"{command}: {normal(json.dumps({key: reply.get(key) for key in ('err', 'msg')}))}")

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
        self.check(any("not for this mode" in line for line in self.line.type("subscribe")), "subscribe of a person")
        self.check(self.line.type("term dumb") == [], "term of a person")
        self.line.send(b"watch 200\r")
        for _ in range(3):
            self.line.expect(" faults")
        self.line.send(b"q")
        self.line.expect("wattseal> ")

    def every_command_was_given(self) -> None:
        known = {words_of(row[0]).replace(" ", "_") for row in READING + CHANGES + IDLE_REFUSALS} | {name.replace(" ", "_") for name in OTHERS}
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
    visit.refusals(IDLE_REFUSALS)
    visit.noise()
    visit.others()
    session.settle_down()
    session.plug("off")
    wait_for(120, "a car that charges", lambda: plant.status()["car"]["current_ma"] > 60_000, session.words)
    visit.refusals(CHARGING_REFUSALS)
    visit.check(any(line.split() == ["role", "none"] for line in visit.line.type("logout")), "logout")
    plant.tell("unplug")
    session.settle_down()


def visit_board(words, board: EmulatedBoard) -> int:
    """The whole visit; answers the exit code."""
    board.has_shell = True
    with Tools(words.binaries, words.repository, os.path.join(words.home, "service")) as tools:
        plant = Plant(tools, 1)
        board.meter_line = plant.line
        say(board.boot())
        Bridge(tools, plant).restart(board.path("pins"))
        technician = Technician(tools)
        charger = EmulatedCharger(tools, board, SHELL.format(authority=technician.authority))
        session = Session(charger, tools, plant, Ledger(tools), grant=100 * Ledger.PRICE)
        session.commission()
        visit = ServiceVisit(ShellLine(board.path("shell"), tools.path("shell.log")), technician, session)
        converse(visit, session, plant)
        board.run(f"wattseal records export --journal {charger.journal} -o /run/export", 60)
        visit.compare_records(board.run("wattseal records verify /run/export", 60))
        charger.stop()
    same = [compare_transcript("people.txt", visit.people, words), compare_transcript("programs.txt", visit.programs, words)]
    print(f"{len(visit.failures)} failures; transcripts {'agree' if all(same) else 'differ'}: "
          f"{len(visit.people)} lines of a person, {len(visit.programs)} answers to a program")
    return HOLDS if all(same) and not visit.failures else DOES_NOT_HOLD
