"""The same firmware in two places: on this machine with the simulated board, and on the emulated one."""
import base64
import gzip
import json
import os
import socket
import subprocess

from emulated_board import EmulatedBoard
from failure import Failure
from processes import Ledger, Plant, Tools

CONFIGURATION = """schema = "wattseald/1"
home = "{home}"

[device]
product = "Wattseal emulator session"
serial = "emulator-1"
owner = "{owner}"

[board]
profile = "{profile}"
{board}

[meter]
profile = "{meters}/eastron-sdm630.toml"
poll_ms = {poll}
[meter.rtu]
device = "{line}"

[ledger]
chain_id = "{chain}"
rpc = "{rpc}"
trust_height = {height}
trust_hash = "{hash}"

[connector]
maximum_current_ma = 80000

[simulation]
energy_factor = {factor}

[status]
socket = "{status}"

[control]
socket = "{control}"
{keys}"""


class SimulatedCharger:
    """`wattseald` on this machine, with the plant as its board; the profile senses and drives what the emulated board does."""

    name = "simulated"
    poll_ms = 500

    def __init__(self, tools: Tools, plant: Plant, energy_factor: int):
        self.tools, self.plant, self.factor = tools, plant, energy_factor
        self.home = tools.path("device")
        self.journal = os.path.join(self.home, "journal")
        self.status_socket = os.path.join(self.home, "status.sock")
        self.control_socket = os.path.join(self.home, "control.sock")
        self.daemon: subprocess.Popen | None = None

    def start(self, ledger: Ledger) -> None:
        os.makedirs(self.home, exist_ok=True)
        path = self.tools.path("wattseald.toml")
        profile = os.path.join(self.tools.repository, "Tools/BoardEmulator/Host/simulated-twin.toml")
        with open(path, "w") as file:
            file.write(CONFIGURATION.format(
                home=self.home, owner=ledger.owner, profile=profile, board=f'plant_socket = "{self.plant.socket}"',
                meters=os.path.join(self.tools.repository, "Board/meters"), line=self.plant.line, chain=ledger.chain, rpc=ledger.url,
                height=ledger.height, hash=ledger.hash, factor=self.factor, status=self.status_socket, control=self.control_socket, poll=self.poll_ms, keys=""))
        self.daemon = self.tools.start("wattseald", [os.path.join(self.tools.binaries, "wattseald"), "--config", path])

    def wattseal(self, *words: str) -> str:
        return self.tools.run("wattseal", *words)

    def status(self) -> dict | None:
        """What the daemon says of itself; None before it can."""
        if self.daemon.poll() is not None:
            raise Failure(f"wattseald: expected it to run, found it ended: {self.log()}")
        try:
            return json.loads(self.wattseal("status", "--socket", self.status_socket, "--json"))
        except Failure:
            return None

    def fetch(self, name: str, *words: str) -> str:
        """Has `wattseal` write a file, and answers where it is on this machine."""
        self.wattseal(*words, "-o", self.tools.path(name))
        return self.tools.path(name)

    def recording(self) -> str:
        """Where its newest flight recording is on this machine."""
        folder = os.path.join(self.home, "flight")
        return os.path.join(folder, max(os.listdir(folder)))

    def log(self) -> str:
        with open(self.tools.path("wattseald.log")) as file:
            return file.read()[-600:].strip()

    def stop(self) -> None:
        self.daemon.terminate()
        if self.daemon.wait(30):
            raise Failure(f"wattseald: expected status 0 at its end, found {self.daemon.returncode}: {self.log()}")


class EmulatedCharger:
    """`wattseald` on the emulated board: pins, PWM and converters of its kernel, the meter on its second serial port."""

    name = "emulated"
    poll_ms = 500
    home = "/data/device"
    journal = "/data/device/journal"
    share = "/usr/share/wattseal"
    status_socket = "/run/status.sock"
    control_socket = "/run/control.sock"
    meter_line = "/dev/ttyS1"
    # This machine, seen from QEMU's own network.
    ledger_host = "10.0.2.2"

    def __init__(self, tools: Tools, board: EmulatedBoard, keys: str = ""):
        self.tools, self.board, self.keys = tools, board, keys

    def start(self, ledger: Ledger) -> None:
        text = CONFIGURATION.format(
            home=self.home, owner=ledger.owner, profile=f"{self.share}/profiles/emulated.toml", board="",
            meters=f"{self.share}/meters", line=self.meter_line, chain=ledger.chain,
            rpc=ledger.url.replace("127.0.0.1", self.ledger_host), height=ledger.height, hash=ledger.hash, factor=1,
            status=self.status_socket, control=self.control_socket, poll=self.poll_ms, keys=self.keys)
        coded = base64.b64encode(text.encode()).decode()
        # On the disk at once: a board may be reset before its kernel writes by itself.
        self.board.run(f"mkdir -p {self.home}; echo {coded} | base64 -d >/data/wattseald.toml; sync")
        self.board.run("wattseal check /data/wattseald.toml")
        self.launch()

    def launch(self) -> None:
        """Starts the daemon with what is on the disk."""
        self.board.run("wattseald --config /data/wattseald.toml >>/run/wattseald.log 2>&1 & echo $! >/run/wattseald.pid")

    def wattseal(self, *words: str) -> str:
        # Packed: a console is slow, most of all while the firmware's real-time threads want the whole processor.
        packed = self.board.run(f"set -o pipefail; wattseal {' '.join(words)} | gzip -9 | base64", seconds=300)
        return gzip.decompress(base64.b64decode(packed)).decode()

    def status(self) -> dict | None:
        if self.board.run("kill -0 $(cat /run/wattseald.pid)", may_fail=True):
            raise Failure(f"wattseald: expected it to run on the board, found it ended: {self.log()}")
        text = self.board.run(f"wattseal status --socket {self.status_socket} --json 2>/dev/null", may_fail=True)
        return json.loads(text) if text.startswith("{") else None

    def fetch(self, name: str, *words: str) -> str:
        coded = self.board.run(f"wattseal {' '.join(words)} -o /run/{name} && base64 /run/{name}", seconds=300)
        with open(self.tools.path(name), "wb") as file:
            file.write(base64.b64decode(coded))
        return self.tools.path(name)

    def recording(self) -> str:
        """Where a copy of its newest flight recording is on this machine."""
        # A megabyte: by the network, since a serial port takes minutes for it on a machine that is busy.
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.settimeout(60)
            self.board.console.send(f"cat $(ls -d {self.home}/flight/* | tail -n 1) | nc 10.0.2.2 {listener.getsockname()[1]}")
            try:
                end, _ = listener.accept()
                with end, open(self.tools.path("newest.flight"), "wb") as file:
                    end.settimeout(60)
                    while received := end.recv(65536):
                        file.write(received)
            except socket.timeout:
                raise Failure("expected the board's flight recording within 60 s, found none") from None
        return self.tools.path("newest.flight")

    def log(self) -> str:
        return self.board.run("tail -n 12 /run/wattseald.log", may_fail=True)

    def stop(self) -> None:
        self.board.run("kill -TERM $(cat /run/wattseald.pid); wait $(cat /run/wattseald.pid)", seconds=60)
