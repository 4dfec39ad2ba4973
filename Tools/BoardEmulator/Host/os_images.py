"""Images of the operating system over the board's serial line, installed by RAUC's own service: refused, confirmed, cut, gone back from."""
import json
import os
import subprocess
import time

from emulated_board import MEGABYTE, EmulatedBoard
from failure import DOES_NOT_HOLD, HOLDS, Failure
from flash import GATE_PATIENCE, GATE_SECONDS, UPDATER, Flashing, SlotCharger, put_first_slot
from processes import Bridge, Ledger, Plant, Tools
from releases import BOARD, PRODUCT, Bundle, Releases
from service import SHELL, ServiceVisit
from session import Session, say, wait_for
from shell_line import ShellLine
from technician import Technician

# An image's size in its slot. Packed it is a few ten kilobytes, which the serial line carries within a minute.
IMAGE_SIZE = 8 * MEGABYTE
# Resets until an image that does not start is given up: the bootloader's tries.
TRIES = 3
# The processor's watchdog runs out within 30 s, and the machine comes up as far as the bootloader.
RESET_PATIENCE = 120

CONFIGURATION = """[system]
compatible=wattseal-emulator
bootloader=custom
statusfile=/data/rauc.status
mountprefix=/run/rauc

[handlers]
bootloader-custom-backend=/usr/bin/bootloader

[keyring]
path=/etc/rauc/keyring.pem

[slot.rootfs.0]
device=/dev/vdb
type=raw
bootname=A

[slot.rootfs.1]
device=/dev/vdc
type=raw
bootname=B
"""

# What an image starts, or what goes wrong instead.
STARTS = "exec start-system"
DOES_NOT_START = "exit 1"
LOSES_NETWORK = "ip link set eth0 down\nexec start-system"


class Image(Bundle):
    """A bundle of kind `os`, and the bytes that it puts into a slot."""

    def __init__(self, path: str, shown: str, version: str, content: str):
        super().__init__(path, shown)
        self.version = version
        with open(content, "rb") as file:
            self.content = file.read()


class Images:
    """A maker's bench for images: RAUC's bundle with its P-256 certificate, and ours around it."""

    def __init__(self, tools: Tools):
        self.tools = tools
        for who in ("images", "stranger-images"):
            self._call("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30",
                       "-subj", f"/CN=Emulator {who}", "-keyout", tools.path(f"{who}.key"), "-out", tools.path(f"{who}.cert"))

    @staticmethod
    def _call(*words: str) -> None:
        done = subprocess.run(words, capture_output=True, text=True)
        if done.returncode:
            raise Failure(f"{' '.join(words[:3])}: expected status 0, found {done.returncode}: {done.stderr.strip()[-400:]}")

    def _write(self, path: str, text: str) -> None:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)

    def content(self, version: str, start: str) -> str:
        """A small root file system: its version, what it starts, RAUC's configuration, and so much beside it that it takes its time."""
        folder, image = self.tools.path(f"root-{version}"), self.tools.path(f"bundle-{version}/rootfs.img")
        self._write(os.path.join(folder, "etc/version"), f"{version}\n")
        self._write(os.path.join(folder, "etc/rauc/system.conf"), CONFIGURATION)
        with open(self.tools.path("images.cert")) as file:
            self._write(os.path.join(folder, "etc/rauc/keyring.pem"), file.read())
        self._write(os.path.join(folder, "sbin/start"), f"#!/bin/sh\n{start}\n")
        os.chmod(os.path.join(folder, "sbin/start"), 0o755)
        self._write(os.path.join(folder, "filling"), f"image {version} " * (6 * MEGABYTE // len(f"image {version} ")))
        os.makedirs(os.path.dirname(image), exist_ok=True)
        with open(image, "wb") as file:
            file.truncate(IMAGE_SIZE)
        self._call("/sbin/mke2fs", "-q", "-t", "ext4", "-O", "^has_journal", "-d", folder, "-F", image)
        return image

    def make(self, version: str, counter: int, start: str = STARTS, signer: str = "images", form: str = "verity") -> Image:
        content = self.content(version, start)
        self._write(self.tools.path(f"bundle-{version}/manifest.raucm"),
                    f"[update]\ncompatible=wattseal-emulator\nversion={version}\n\n[bundle]\nformat={form}\n\n"
                    "[image.rootfs]\nfilename=rootfs.img\n")
        os.makedirs(self.tools.path(f"os-{version}"), exist_ok=True)
        self._call("rauc", f"--cert={self.tools.path(signer)}.cert", f"--key={self.tools.path(signer)}.key", "bundle",
                   self.tools.path(f"bundle-{version}"), self.tools.path(f"os-{version}/image.raucb"))
        path = self.tools.path(f"{version}.evb")
        self.tools.run("service-station", "sign", "--kind", "os", "--files", self.tools.path(f"os-{version}"), "--key",
                       self.tools.path("release.pem"), "--product", PRODUCT, "--arch", os.uname().machine, "--board", f"{BOARD}:1-3",
                       "--release", version, "--build", "0123abcd", "--counter", str(counter), "-o", path)
        return Image(path, self.tools.run("service-station", "bundle", "show", path), version, content)


class ImageCharger(SlotCharger):
    """The same charger on a board whose operating system comes in images: the image starts it."""

    def __init__(self, tools: Tools, board: EmulatedBoard, bridge: Bridge, keys: str):
        super().__init__(tools, board, keys)
        self.bridge = bridge

    def launch(self) -> None:
        self.board.run("bootloader new")
        self.board.console.send("fault-maker kernel b &")
        say(self.board.await_reset(RESET_PATIENCE))
        self.bridge.restart(self.board.path("pins"))


class ImageVisit:
    """A technician with images at a board that has two slots for them."""

    def __init__(self, flashing: Flashing, charger: ImageCharger, images: Images):
        self.flashing, self.charger, self.images = flashing, charger, images
        self.board, self.visit, self.ledger = flashing.board, flashing.visit, flashing.ledger

    # What is looked at.

    def system(self) -> dict:
        """What `fw status` says of the operating system."""
        return {key: value for key, value in self.flashing.status().items() if key.startswith("system")}

    def expect_told(self, state: str, last: str, floor: int) -> None:
        found = self.system()
        self.visit.check(state in found["system"] and last in (found.get("system_last") or "") and found["system_floor"] == floor,
                         f"fw status: expected {state!r}, {last!r}, floor {floor}, found {found}")
        print(f"  fw status: {found['system']}; {found.get('system_last')}; floor {found['system_floor']}", flush=True)

    def expect_running(self, slot: str, version: str, memory: str) -> None:
        """Which image runs, and what the bootloader remembers: the order, the tries of A, those of B."""
        told, found = self.board.run("head -n 1 /run/image.log"), self.board.run("cat /data/bootloader")
        self.visit.check(told == f"image {version} in slot {slot}" and found == memory,
                         f"what runs: expected {version} in {slot} and {memory!r}, found {told!r} and {found!r}")
        rauc = json.loads(self.board.run("rauc status --output-format=json"))
        self.visit.check(rauc["booted"] == slot, f"RAUC's own status: expected {slot}, found {rauc}")
        print(f"  {told}; bootloader {found}", flush=True)

    def written(self, slot: str, image: Image) -> int:
        """How many of the slot's first bytes are the image's."""
        with open(self.board.slots["AB".index(slot)], "rb") as file:
            found = file.read(IMAGE_SIZE)
        if found == image.content:
            return IMAGE_SIZE
        return next(place for place in range(0, IMAGE_SIZE, 4096) if found[place:place + 4096] != image.content[place:place + 4096])

    # What happens.

    def send(self, image: Image) -> None:
        began = time.monotonic()
        reply = self.flashing.install(image)
        self.visit.check(reply.get("ok") is True, f"an image is taken: found {reply}")
        print(f"  {len(image.data)} bytes over the line and read back in {time.monotonic() - began:.0f} s", flush=True)

    def plug_in(self) -> None:
        """The board has started, whatever comes of it: its ports are new."""
        self.charger.bridge.restart(self.board.path("pins"))
        self.flashing.line = self.visit.line = ShellLine(self.board.path("shell"), self.visit.technician.tools.path("shell.log"))

    def await_restart(self) -> None:
        """Looks at `fw status` until the machine starts again by itself, and what it is then."""
        began, seen = time.monotonic(), []
        while True:
            try:
                state = self.system()["system"]
            except (Failure, OSError):
                break
            if state not in seen:
                seen.append(state)
            if time.monotonic() - began > RESET_PATIENCE:
                raise Failure(f"expected the machine to start again within {RESET_PATIENCE} s, found {seen}")
            time.sleep(0.3)
        self.flashing.line.close()
        ready = self.board.await_reset(RESET_PATIENCE)
        self.visit.check(not self.board.reset_by_watchdog, "an asked restart: expected no watchdog, found it")
        print(f"  {'; '.join(seen)}; started again {time.monotonic() - began:.0f} s later", flush=True)
        say(ready)
        self.plug_in()

    def activate(self, image: Image, counter: int) -> None:
        self.ledger.release(PRODUCT, image.version, image.manifest, counter)
        self.flashing.expect_activated()

    # The acts.

    def confirmed(self) -> None:
        """A good image: not before the ledger has it, installed, started, tried, confirmed; only then the floor follows."""
        image = self.images.make("2026.1", 4)
        self.send(image)
        lines = self.flashing.activate()
        self.visit.check(any("the ledger does not hold release" in line for line in lines), f"fw activate, not on the ledger: found {lines}")
        self.expect_told("waits to be activated", "", 0)
        self.activate(image, 4)
        self.await_restart()
        self.visit.check(self.written("B", image) == IMAGE_SIZE, "slot B: expected the image, found something else")
        self.flashing.settle()
        self.expect_running("B", "2026.1", "BA 3 2")
        self.expect_told("is on trial", "", 0)
        began = time.monotonic()
        wait_for(GATE_SECONDS + GATE_PATIENCE, "the image to be confirmed", lambda: self.system()["system_floor"] == 4, self.system)
        print(f"  confirmed {time.monotonic() - began:.0f} s later", flush=True)
        self.expect_told("none on its way", "2026.1 was confirmed", 4)
        self.expect_running("B", "2026.1", "BA 3 3")

    def cut(self, image: Image) -> None:
        """The power goes while RAUC writes: the slot before starts, the half-written one does not, and `fw status` says what became of it."""
        self.activate(image, 5)
        wait_for(60, "a part of the image in slot A", lambda: self.written("A", image) >= MEGABYTE, lambda: self.written("A", image))
        state = self.system()["system"]
        self.flashing.line.close()
        self.board.kill()
        written = self.written("A", image)
        self.visit.check(written < IMAGE_SIZE and "is being installed" in state, f"a cut: expected it amid, found {written} bytes, {state!r}")
        print(f"  cut at {written} of {IMAGE_SIZE} bytes; {state}", flush=True)
        say(self.board.boot())
        self.plug_in()
        self.flashing.settle()
        self.await_kept("BA 0 3")
        self.expect_running("B", "2026.1", "BA 0 3")
        self.expect_told("waits to be activated", "2026.2 was not installed: the machine was started anew meanwhile", 4)

    def await_kept(self, memory: str) -> None:
        """An image that is on no trial has its tries back once the firmware has asked the updater."""
        wait_for(30, f"the bootloader's memory {memory!r}", lambda: self.board.run("cat /data/bootloader") == memory,
                 lambda: self.board.run("cat /data/bootloader; tail -n 3 /run/updater.log"))

    def does_not_start(self, image: Image) -> None:
        """It was not to blame, and is installed now; but it does not start: the watchdog ends each try, and the bootloader goes back."""
        self.flashing.expect_activated()
        self.await_restart()
        self.flashing.line.close()
        for attempt in range(TRIES):
            say(self.board.await_reset(RESET_PATIENCE))
            self.visit.check(self.board.reset_by_watchdog, f"try {attempt + 1}: expected the watchdog, found another reset")
        self.plug_in()
        self.flashing.settle()
        self.await_kept("AB 0 3")
        self.expect_running("B", "2026.1", "AB 0 3")
        self.expect_told("none on its way", "2026.2 has spent its tries: the machine went back", 4)
        again = self.flashing.install(image)
        print(f"  the same image again: {again.get('msg')}", flush=True)
        self.visit.check(again.get("err") == "E_INTERLOCK" and "failed its trial" in again["msg"], f"the same image again: found {again}")

    def strange(self) -> None:
        """Our signature is on it, RAUC's is not: RAUC's words stand in `fw status`, and nothing is written."""
        self.send(self.images.make("2026.3", 5, signer="stranger-images", form="plain"))
        self.flashing.expect_activated("fw activate override")
        wait_for(30, "RAUC's refusal", lambda: "2026.3 was not installed" in self.system()["system_last"], self.system)
        self.expect_told("waits to be activated", "signature", 4)

    def given_up(self) -> None:
        """An image without its network: the gate never holds, the technician gives it up, and the machine goes back."""
        image = self.images.make("2026.4", 6, LOSES_NETWORK, form="plain")
        self.send(image)
        self.activate(image, 6)
        self.await_restart()
        wait_for(120, "the daemon's status", self.charger.status, self.charger.log)
        self.flashing.log_in()
        wait_for(60, "a failing gate", lambda: "network up" in self.system()["system"], self.system)
        self.expect_running("A", "2026.4", "AB 2 3")
        lines = self.flashing.activate("fw rollback")
        self.visit.check(any(line.startswith("done") for line in lines), f"fw rollback: found {lines}")
        self.await_restart()
        self.flashing.settle()
        self.await_kept("AB 0 3")
        self.expect_running("B", "2026.1", "AB 0 3")
        self.expect_told("none on its way", "2026.4 was given up", 4)

    def below(self) -> None:
        """Nothing below the floor, which is the operating system's own."""
        image = self.images.make("2025.9", 3)
        reply = self.flashing.install(image)
        words = "security counter 3 lies below the device's floor 4"
        self.visit.check(not reply.get("ok") and words in reply.get("msg", ""), f"below the floor: expected {words!r}, found {reply}")
        print(f"  {reply.get('msg')}", flush=True)

    def run(self) -> None:
        self.await_kept("AB 3 0")
        self.expect_running("A", "2026.0", "AB 3 0")
        for name, act in (("confirmed", self.confirmed), ("below the floor", self.below)):
            say(f"os: {name}")
            act()
        dead = self.images.make("2026.2", 5, DOES_NOT_START)
        say("os: a power cut while RAUC writes")
        self.send(dead)
        self.cut(dead)
        say("os: an image that does not start")
        self.does_not_start(dead)
        for name, act in (("another's RAUC bundle", self.strange), ("an image that is given up", self.given_up)):
            say(f"os: {name}")
            act()


def flash_images(words, board: EmulatedBoard) -> int:
    """A board whose operating system comes in images; answers the exit code."""
    board.home = os.path.join(words.home, "os-board")
    os.makedirs(board.home, exist_ok=True)
    board.has_shell = True
    with Tools(words.binaries, words.repository, os.path.join(words.home, "os")) as tools:
        plant, releases, images = Plant(tools, 1), Releases(tools), Images(tools)
        board.meter_line = plant.line
        board.slots = [board.path("slot-a.img"), board.path("slot-b.img")]
        # The factory writes the first one.
        os.rename(images.content("2026.0", STARTS), board.slots[0])
        with open(board.slots[1], "wb") as file:
            file.truncate(IMAGE_SIZE)
        say(board.boot())
        bridge = Bridge(tools, plant)
        bridge.restart(board.path("pins"))
        technician, ledger = Technician(tools), Ledger(tools)
        charger = ImageCharger(tools, board, bridge, SHELL.format(authority=technician.authority) + UPDATER)
        charger.poll_ms = 1000
        session = Session(charger, tools, plant, ledger, grant=100 * Ledger.PRICE)
        put_first_slot(board, releases, releases.make("1.0", 2))
        session.commission()
        visit = ServiceVisit(ShellLine(board.path("shell"), tools.path("shell.log")), technician, session)
        flashing = Flashing(board, charger, visit, releases, ledger)
        flashing.log_in()
        ImageVisit(flashing, charger, images).run()
        board.run(f"wattseal records export --journal {charger.journal} -o /run/export", 60)
        visit.compare_records(board.run("wattseal records verify /run/export", 120))
        board.run("kill $(cat /run/supervisor.pid) $(cat /run/keeper.pid)")
    print(f"os: {len(visit.failures)} failures")
    return HOLDS if not visit.failures else DOES_NOT_HOLD
