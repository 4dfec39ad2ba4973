"""New firmware over the board's serial line: what is refused, what is cut and goes on, what is confirmed, what rolls back by itself."""
import base64
import json
import os
import re
import subprocess
import time

from cable import Cable
from chargers import EmulatedCharger
from emulated_board import EmulatedBoard
from failure import DOES_NOT_HOLD, Failure, HOLDS
from kills import Kills, keep_updater
from processes import Bridge, Ledger, Plant, Tools
from releases import CRASHES, FILLING, LOSES_METER, PRODUCT, REPAIRS_METER, Bundle, Releases
from service import SHELL, ServiceVisit
from session import Session, say, wait_for
from shell_line import ShellLine
from technician import Technician

UPDATER = """
[updater]
socket = "/run/updater.sock"
"""
PIECE = 640
# So many changes a program may make in a minute, and some of them by the visit itself.
CHANGES_A_MINUTE = 12
# ConfirmGate.patience and the least time that it asks for, and what starting takes.
GATE_SECONDS, GATE_PATIENCE = 60, 900


class Flashing:
    """A technician with bundles at a board that runs from slots."""

    def __init__(self, board: EmulatedBoard, charger: EmulatedCharger, visit: ServiceVisit, releases: Releases, ledger: Ledger):
        self.board, self.charger, self.visit, self.releases, self.ledger = board, charger, visit, releases, ledger
        self.line = visit.line
        self.changes: list[float] = []

    # What a program asks for.

    def change(self, name: str, arguments: dict | None = None) -> dict:
        """A change that is on record, no more of them in a minute than the shell takes."""
        now = time.monotonic()
        self.changes = [moment for moment in self.changes if now - moment < 61]
        if len(self.changes) >= CHANGES_A_MINUTE:
            time.sleep(61 - (now - self.changes[0]))
        self.changes.append(time.monotonic())
        reply = self.line.ask(name, arguments, summed=True)
        self.visit.note(name.replace(".", " "), "done" if reply.get("ok") else "refused")
        return reply

    def status(self) -> dict:
        return self.line.ask("fw.status")["data"]

    def send(self, manifest: str, data: bytes, until: int | None = None) -> dict:
        """Sends what the board does not have yet, up to a byte; the last reply: a refusal, or where it goes on."""
        reply = self.change("fw.recv", {"manifest": manifest})
        if not reply.get("ok"):
            return reply
        return self.put(data, until)[1]

    def put(self, data: bytes, until: int | None = None) -> tuple[int, dict]:
        """Puts the pieces that a transfer which has begun still asks for; how many were taken, and the last reply."""
        reply, taken = {"ok": True}, 0
        place = self.status()["next_byte"] or 0
        end = len(data) if until is None else until
        while place < end:
            piece = data[place:min(place + PIECE, end)]
            reply = self.line.ask("fw.put", {"offset": place, "data": base64.b64encode(piece).decode()}, summed=True)
            if not reply.get("ok"):
                break
            place += len(piece)
            taken += 1
        return taken, reply

    def install(self, bundle: Bundle) -> dict:
        """Sends a bundle and has it unpacked; the refusal, or the last reply."""
        reply = self.send(bundle.manifest, bundle.data)
        return self.change("fw.verify") if reply.get("ok") else reply

    # What is looked at.

    def slots(self) -> tuple:
        """What may not change by a refusal: slots, floor, root, trial."""
        now = self.status()
        return [[slot[key] for key in ("slot", "state", "part", "version")] for slot in now["slots"]], now["counter_floor"], now["tries_left"]

    def shown(self) -> str:
        """Which slot would start, as the launcher says on the board's console."""
        return self.board.run("slot-launcher show").strip()

    def expect_slot(self, expected: str, floor: int) -> None:
        found = self.shown()
        self.visit.check(found.startswith(expected), f"the slot that starts: expected {expected!r}, found {found!r}")
        told = self.status()["counter_floor"]
        self.visit.check(told == floor, f"the counter's floor: expected {floor}, found {told}")

    def log_in(self) -> None:
        self.line.wake()
        self.visit.log_in("commission")

    def restart(self, reason: str) -> None:
        """`reboot`, and a login at the firmware that comes back."""
        self.reboot(reason)
        self.settle()

    def reboot(self, reason: str) -> None:
        """`reboot`, until something else runs."""
        before = self.board.run("cat /run/wattseald.pid")
        lines = self.line.confirm(f"reboot {reason}")
        self.visit.check(any(line.startswith("done") for line in lines), f"reboot: found {lines}")
        self.visit.note("reboot", "done")
        wait_for(90, "another daemon", lambda: self.board.run("cat /run/wattseald.pid") != before, self.charger.log)

    def settle(self) -> None:
        """Waits until the firmware runs and the ledger has everything, and logs in."""
        wait_for(120, "the daemon's status", self.charger.status, self.charger.log)
        self.visit.session.settle_down()
        self.log_in()

    def activate(self, how: str = "fw activate") -> list[str]:
        lines = self.line.confirm(how)
        done = any(line.startswith("done") for line in lines)
        if any("confirm " in line for line in lines):
            self.visit.note(how, "done" if done else "refused")
        return lines

    def expect_activated(self, how: str = "fw activate") -> None:
        lines = self.activate(how)
        self.visit.check(any(line.startswith("done") for line in lines), f"{how}: found {lines}")

    def expect_confirmed(self, slot: str, version: str, floor: int) -> None:
        looks: list[str] = []

        def is_confirmed() -> bool:
            now = self.status()
            look = f"held {(now.get('held_ms') or 0) // 10_000}0 s, failing: {now['failing']}"
            if look not in looks[-1:]:
                looks.append(look)
            return now["tries_left"] is None

        # A late loop lifts the pilot off its idle level for a moment, and the time begins anew.
        wait_for(GATE_SECONDS + GATE_PATIENCE, f"release {version} to be confirmed", is_confirmed, lambda: f"{looks}, {self.charger.log()}")
        print(f"  release {version}: {'; '.join(looks)}", flush=True)
        self.expect_slot(f"slot {slot}, {version}", floor)

    # The acts.

    def refusals(self) -> None:
        """Each bundle that no charger takes has its own refusal, and nothing is switched or lost by it."""
        before = self.slots()
        for what, bundle, data, reason in self.releases.bad():
            reply = self.send(bundle.manifest, data)
            if reply.get("ok"):
                reply = self.change("fw.verify")
            words = reply.get("msg", "")
            self.visit.check(not reply.get("ok") and reason in words, f"{what}: expected a refusal with {reason!r}, found {reply}")
            print(f"  {what}: {words}", flush=True)
            self.visit.check(self.slots() == before, f"{what}: expected {before}, found {self.slots()}")

    def cut_and_go_on(self, bundle: Bundle, port: str) -> None:
        """The maker's tool over a cable that is pulled five times: what had come stays."""
        tools = self.visit.technician.tools
        self.line.close()
        # Base64 and what goes with it: about 1.5 bytes for each.
        whole = len(bundle.data) * 3 // 2
        cable = Cable(tools.path("cable"), port, [6_000 + whole * part // 7 for part in range(1, 6)])
        with open(tools.path("send.log"), "wb") as log:
            sent = subprocess.run([os.path.join(tools.binaries, "service-station"), "send", bundle.path, cable.path, "--key",
                                   tools.path("technician.pem"), "--certificate", tools.path("bench.cert"), "--role", "commission"],
                                  stdin=subprocess.DEVNULL, stdout=log, stderr=log, timeout=900)
        cable.close()
        carried = len(cable.to_board)
        print(f"  {len(bundle.data)} bytes, {cable.pulled} cuts, {carried} bytes over the cable", flush=True)
        with open(tools.path("send.log")) as log:
            self.visit.check(sent.returncode == 0, f"service-station send: found status {sent.returncode}: {log.read()[-400:]}")
        self.visit.check(cable.pulled == 5, f"cuts: expected 5, found {cable.pulled}")
        # Every attempt anew would be more than three times the bundle.
        self.visit.check(carried < 2 * whole + 60_000, f"bytes over the cable: expected at most {2 * whole + 60_000}, found {carried}")
        self._note_sent(cable)
        self.line = self.visit.line = ShellLine(port, tools.path("shell.log"))

    def _note_sent(self, cable: Cable) -> None:
        """The tool's own actions, as they went over the cable."""
        replies = {}
        for text in re.findall(rb'\{"id":[^\r\n]*\}', cable.to_desk):
            try:
                reply = json.loads(text)
            except ValueError:
                continue
            replies[reply.get("id")] = reply.get("ok")
        for number, name in re.findall(rb'\{"id":(\d+),"cmd":"(fw\.recv|fw\.verify)"', cable.to_board):
            if replies.get(int(number)):
                self.visit.note(name.decode().replace(".", " "), "done")
        for number in re.findall(rb'\{"id":(\d+),"cmd":"login","args"', cable.to_board):
            if replies.get(int(number)):
                self.visit.note("login", "done")

    def confirmed(self, plant: Plant, port: str) -> None:
        """A good release: cut, unpacked, refused while a car is there and while the ledger does not have it, tried, confirmed."""
        bundle = self.releases.make("1.1", 3, filling=FILLING)
        self.cut_and_go_on(bundle, port)
        self.log_in()
        plant.tell("want off")
        plant.tell("plug")
        wait_for(60, "the car", lambda: self.charger.status()["connector"]["state"].startswith("B"), self.charger.log)
        lines = self.activate()
        self.visit.check(any("a car is connected" in line for line in lines), f"fw activate beside a car: found {lines}")
        plant.tell("unplug")
        wait_for(60, "no car", lambda: self.charger.status()["connector"]["state"].startswith("A"), self.charger.log)
        self.visit.session.settle_down()
        lines = self.activate()
        self.visit.check(any("the ledger does not hold release" in line for line in lines), f"fw activate, not on the ledger: found {lines}")
        self.ledger.release(PRODUCT, "1.1", bundle.manifest, 3)
        self.expect_activated()
        self.restart("new firmware")
        self.expect_confirmed("b", "1.1", 3)

    def crash(self) -> None:
        """A release that does not even start: its tries are spent, and the one before runs again."""
        bundle = self.releases.make("1.2", 3, CRASHES)
        self.visit.check(self.install(bundle).get("ok") is True, "a release that crashes is taken")
        self.expect_activated("fw activate override")
        self.restart("the next one")
        now = self.status()
        bad = next(slot for slot in now["slots"] if slot["slot"] == "a")
        self.visit.check(bad["state"] == "bad" and bad["version"] == "1.2", f"a release that crashed: found {bad}")
        self.expect_slot("slot b, 1.1", 3)
        again = self.install(bundle)
        print(f"  the same release again: {again.get('msg')}", flush=True)
        self.visit.check(again.get("err") == "E_INTERLOCK" and "has failed its trial" in again["msg"], f"the same release again: found {again}")

    def gate(self) -> None:
        """A release that runs, but finds the meter no more: it gives itself up when its time is over."""
        self.visit.check(self.install(self.releases.make("1.3", 3, LOSES_METER)).get("ok") is True, "a release that loses the meter is taken")
        self.expect_activated("fw activate override")
        self.restart("another one")
        wait_for(60, "a failing gate", lambda: "meter" in (self.status()["failing"] or ""), lambda: self.status())
        process = self.board.run("cat /run/wattseald.pid")
        wait_for(GATE_SECONDS + GATE_PATIENCE + 180, "the trial to be given up", lambda: self.board.run("cat /run/wattseald.pid") != process,
                 self.charger.log)
        self.settle()
        self.expect_slot("slot b, 1.1", 3)

    def repair(self) -> None:
        """The meter fails already: a release is not rolled back for it, and one that repairs it is confirmed, too."""
        self.board.run("sed -i 's/^poll_ms/unit = 9\\npoll_ms/' /data/wattseald.toml; sync")
        self.restart("a wrong unit")
        wait_for(60, "a meter that fails", lambda: not self.charger.status()["meter"]["accepted"], self.charger.log)
        for version, slot, program in (("1.4", "a", "exec /usr/bin/wattseald \"$@\""), ("1.5", "b", REPAIRS_METER)):
            bundle = self.releases.make(version, 4, program)
            self.visit.check(self.install(bundle).get("ok") is True, f"release {version} is taken")
            self.ledger.release(PRODUCT, version, bundle.manifest, 4)
            self.expect_activated()
            self.restart(f"release {version}")
            self.expect_confirmed(slot, version, 4)
        wait_for(60, "the meter's answers", lambda: self.charger.status()["meter"]["accepted"] > 3, self.charger.log)

    def rescue(self) -> None:
        """Every slot rots, so that nothing starts: the launcher lets a technician in, who brings a release over the same line."""
        self.board.run("for file in /data/slots/?/files/bin/wattseald; do printf X | dd of=$file bs=1 conv=notrunc 2>/dev/null; done; sync")
        floor = self.status()["counter_floor"]
        self.reboot("slots that rot")
        wait_for(60, "the rescue shell", lambda: "RESCUE" in self.line.hear(5), self.charger.log)
        self.log_in()
        now = self.status()
        # Where the other slot could stand in, the record has named it active before it was looked into.
        free = next(slot["slot"] for slot in now["slots"] if slot["part"] != "active")
        self.visit.check(now["counter_floor"] == floor, f"the counter's floor in the rescue shell: expected {floor}, found {now['counter_floor']}")
        print(f"  {[[slot[key] for key in ('slot', 'state', 'version')] for slot in now['slots']]}", flush=True)
        self.visit.check(all(slot["state"] in ("bad", "empty") for slot in now["slots"]), f"slots that rot: found {now['slots']}")
        found = self.line.type("log")
        print("\n".join(f"  {line}" for line in found), flush=True)
        self.visit.check(any("does not have the hash" in line for line in found), f"log: expected what is wrong with the slots, found {found}")
        self.visit.check(self.line.ask("status").get("err") == "E_UNAVAILABLE", "status is told, and no firmware runs")
        bundle = self.releases.make("1.6", floor + 1)
        taken = self.install(bundle)
        self.visit.check(taken.get("ok") is True, f"release 1.6 is taken: found {taken}")
        lines = self.activate()
        self.visit.check(any("the ledger is not asked" in line for line in lines), f"fw activate without firmware: found {lines}")
        self.expect_activated("fw activate override")
        self.restart("a release that starts")
        self.expect_confirmed(free, "1.6", floor + 1)


def put_first_slot(board: EmulatedBoard, releases: Releases, first: Bundle) -> None:
    """What the package leaves: a root, the board's name, a first slot."""
    def put(path: str, data: bytes) -> None:
        board.run(f"echo {base64.b64encode(data).decode()} | base64 -d >{path}")

    board.run("mkdir -p /data/package /data/slots")
    with open(releases.root, "rb") as file:
        put("/data/package/root.1", file.read())
    put("/data/package/board", b"emulated 2\n")
    put("/run/first.evb", first.data)
    board.run("slot-launcher first-slot /run/first.evb; sync", 60)


class SlotCharger(EmulatedCharger):
    """The same charger from a slot."""

    def launch(self) -> None:
        self.board.run("start-supervisor slot-launcher start; while ! [ -e /run/wattseald.pid ]; do sleep 0.2; done", 60)

    def status(self) -> dict | None:
        """None also while a release does not start, and the next try is waited for."""
        try:
            return super().status()
        except Failure:
            return None


def flash_board(words, board: EmulatedBoard) -> int:
    """The whole visit; answers the exit code."""
    board.has_shell = True
    with Tools(words.binaries, words.repository, os.path.join(words.home, "flash")) as tools:
        plant = Plant(tools, 1)
        board.meter_line = plant.line
        say(board.boot())
        bridge = Bridge(tools, plant)
        bridge.restart(board.path("pins"))
        technician, releases, ledger = Technician(tools), Releases(tools), Ledger(tools)
        charger = SlotCharger(tools, board, SHELL.format(authority=technician.authority) + UPDATER)
        charger.poll_ms = 1000
        session = Session(charger, tools, plant, ledger, grant=100 * Ledger.PRICE)
        put_first_slot(board, releases, releases.make("1.0", 2))
        keep_updater(board)
        session.commission()
        visit = ServiceVisit(ShellLine(board.path("shell"), tools.path("shell.log")), technician, session)
        flashing = Flashing(board, charger, visit, releases, ledger)
        flashing.log_in()
        flashing.expect_slot("slot a, 1.0", 2)
        acts = {
            "refused": flashing.refusals, "confirmed": lambda: flashing.confirmed(plant, board.path("shell")), "crash": flashing.crash,
            "gate": flashing.gate, "repair": flashing.repair, "rescue": flashing.rescue}
        for name in [name for name in acts if not words.names or name in words.names]:
            say(name)
            acts[name]()
        board.run(f"wattseal records export --journal {charger.journal} -o /run/export", 60)
        visit.compare_records(board.run("wattseal records verify /run/export", 120))
        say("kills")
        Kills(flashing, bridge, words.seed).run(words.kills)
        board.run("kill $(cat /run/supervisor.pid) $(cat /run/keeper.pid)")
    print(f"{len(visit.failures)} failures")
    return HOLDS if not visit.failures else DOES_NOT_HOLD
