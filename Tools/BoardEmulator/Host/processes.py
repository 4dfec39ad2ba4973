"""The programs beside the charger: the plant, the ledger and its wallets, the pins' bridge."""
import json
import os
import re
import subprocess
import time

from failure import Failure


class Tools:
    """Where the shipped binaries and this session's files are."""

    def __init__(self, binaries: str, repository: str, home: str):
        self.binaries, self.repository, self.home = binaries, repository, home
        os.makedirs(home, exist_ok=True)
        self.children: list[subprocess.Popen] = []

    def path(self, name: str) -> str:
        return os.path.join(self.home, name)

    def run(self, program: str, *words: str) -> str:
        """Runs one of the shipped programs; raises where it fails."""
        done = subprocess.run([os.path.join(self.binaries, program), *words], capture_output=True, text=True)
        if done.returncode:
            raise Failure(f"{program} {' '.join(words[:2])}: expected status 0, found {done.returncode}: {done.stderr.strip()[-400:]}")
        return done.stdout.strip()

    def start(self, name: str, command: list[str]) -> subprocess.Popen:
        """Starts a program of this session; its words go to a file."""
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=open(self.path(f"{name}.out"), "ab"),
                                 stderr=open(self.path(f"{name}.log"), "ab"))
        self.children.append(child)
        return child

    def ready_line(self, name: str, child: subprocess.Popen) -> dict[str, str]:
        """Waits for the line in which a program says that it is ready, and answers its fields."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and child.poll() is None:
            with open(self.path(f"{name}.out")) as file:
                for line in file:
                    if line.startswith("ready ") and line.endswith("\n"):
                        return dict(re.findall(r"(\w+)=(\S+)", line))
            time.sleep(0.05)
        with open(self.path(f"{name}.log")) as file:
            raise Failure(f"{name}: expected a line that it is ready within 60 s, found: {file.read()[-400:].strip()}")

    def stop_all(self) -> None:
        for child in reversed(self.children):
            if child.poll() is None:
                child.terminate()
        for child in self.children:
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        self.children = []


class Plant:
    """Car, cable, contactor, coil gate, mains and meter: the process of Tools/Simulator."""

    def __init__(self, tools: Tools, energy_factor: int):
        self.tools = tools
        self.socket, self.control, self.line = tools.path("plant.sock"), tools.path("plant.control"), tools.path("meter.tty")
        child = tools.start("plant", [
            os.path.join(tools.binaries, "plant"), "--socket", self.socket, "--control", self.control, "--meter", "sdm630",
            "--energy-factor", str(energy_factor), "--meter-rtu", self.line])
        tools.ready_line("plant", child)

    def tell(self, line: str) -> str:
        return self.tools.run("plant", "tell", "--control", self.control, line)

    def status(self) -> dict:
        return json.loads(self.tell("status"))

    def events(self) -> list[dict]:
        return json.loads(self.tell("events"))


class Ledger:
    """The embedded ledger with an owner and a driver."""

    PRICE = 300_000

    def __init__(self, tools: Tools):
        self.tools = tools
        for who in ("owner", "driver"):
            tools.run("platform-node", "wallet", "new", "--key", tools.path(f"{who}.key"))
        self.owner = self._wallet("account", "--key", tools.path("owner.key"))
        driver = self._wallet("account", "--key", tools.path("driver.key"))
        child = tools.start("ledger", [
            os.path.join(tools.binaries, "platform-node"), "standalone", "--home", tools.path("ledger"), "--rpc", "127.0.0.1:0",
            "--block-interval", "500", "--chain-id", "wattseal-emulator", "--account", f"{driver}=1000000000"])
        line = tools.ready_line("ledger", child)
        self.url, self.chain = line["rpc"], line["chain"]
        self.height, self.hash = line["height"], line["hash"]

    def _wallet(self, *words: str) -> str:
        return self.tools.run("platform-node", "wallet", *words)

    def register_and_grant(self, device: str, genesis: str, amount: int) -> None:
        """The owner publishes a price and registers the charger; the driver grants it money."""
        owner, driver = self.tools.path("owner.key"), self.tools.path("driver.key")
        tariff = self._wallet("tariff", "--rpc", self.url, "--key", owner, "--name", "Emulator", "--price", str(self.PRICE))
        self._wallet("register", "--rpc", self.url, "--key", owner, "--genesis", genesis, "--tariff", tariff)
        self._wallet("grant", "--rpc", self.url, "--key", driver, "--device", device, "--chain", "1", "--amount", str(amount),
                     "--tariff", tariff, "--expires-in", "7200")


def bridge_command(tools: Tools, pins: str, plant: Plant, share: str, lines: str) -> list[str]:
    """The process between the board's pins and the plant, with the profiles and the table of lines as they stand there."""
    return [os.path.join(tools.binaries, "pin-bridge"), "--pins", pins, "--plant", plant.socket,
            "--profile", os.path.join(share, "profiles/emulated.toml"), "--lines", lines, "--log", tools.path("pins.txt")]


def start_bridge(tools: Tools, pins: str, plant: Plant, gate_held: bool = False) -> subprocess.Popen:
    """The process between the board's pins and the plant, on this machine."""
    command = bridge_command(tools, pins, plant, os.path.join(tools.repository, "Board"),
                             os.path.join(tools.repository, "Tools/BoardEmulator/Guest/lines.txt"))
    return tools.start("bridge", command + (["--gate-held"] if gate_held else []))
