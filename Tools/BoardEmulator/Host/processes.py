"""The programs beside the charger: the plant, the ledger and its wallets, the pins' bridge."""
import json
import os
import re
import subprocess
import time

from failure import Failure


def end(child: subprocess.Popen, seconds: float = 10) -> None:
    """Has a process end, and takes its status; one that does not hear is killed. One that even then stays is left."""
    for stop in (child.terminate, child.kill):
        if child.poll() is not None:
            return
        stop()
        try:
            child.wait(seconds)
        except subprocess.TimeoutExpired:
            pass


class Tools:
    """Where the shipped binaries and this session's files are."""

    def __init__(self, binaries: str, repository: str, home: str):
        self.binaries, self.repository, self.home = binaries, repository, home
        os.makedirs(home, exist_ok=True)
        self.children: list[subprocess.Popen] = []

    def __enter__(self) -> "Tools":
        return self

    def __exit__(self, *_) -> None:
        self.stop_all()

    def path(self, name: str) -> str:
        return os.path.join(self.home, name)

    def write(self, name: str, text: str) -> None:
        with open(self.path(name), "w") as file:
            file.write(text)

    def run(self, program: str, *words: str) -> str:
        """Runs one of the shipped programs; raises where it fails."""
        done = subprocess.run([os.path.join(self.binaries, program), *words], capture_output=True, text=True)
        if done.returncode:
            raise Failure(f"{program} {' '.join(words[:2])}: expected status 0, found {done.returncode}: {done.stderr.strip()[-400:]}")
        return done.stdout.strip()

    def start(self, name: str, command: list[str]) -> subprocess.Popen:
        """Starts a program of this session; its words go to a file."""
        with open(self.path(f"{name}.out"), "ab") as out, open(self.path(f"{name}.log"), "ab") as log:
            child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=log)
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
            end(child)
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
        tools.write("governance.json", json.dumps({"threshold": "1", "members": [self.owner], "release_authorities": [self.owner]}))
        child = tools.start("ledger", [
            os.path.join(tools.binaries, "platform-node"), "standalone", "--home", tools.path("ledger"), "--rpc", "127.0.0.1:0",
            "--block-interval", "500", "--chain-id", "wattseal-emulator", "--account", f"{driver}=1000000000",
            "--governance", tools.path("governance.json")])
        line = tools.ready_line("ledger", child)
        self.url, self.chain = line["rpc"], line["chain"]
        self.height, self.hash = line["height"], line["hash"]

    def _wallet(self, *words: str) -> str:
        return self.tools.run("platform-node", "wallet", *words)

    def release(self, product: str, version: str, manifest: str, counter: int) -> None:
        """Lets devices of this product install the bundle with this manifest hash."""
        self._wallet("release-firmware", "--rpc", self.url, "--key", self.tools.path("owner.key"), "--product", product, "--version", version,
                     "--digest", manifest, "--security-counter", str(counter))

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


class Bridge:
    """The process between the board's pins and the plant, on this machine: a new one each time the board comes up."""

    def __init__(self, tools: Tools, plant: Plant, gate_held: bool = False):
        self.tools, self.plant, self.gate_held = tools, plant, gate_held
        self.process: subprocess.Popen | None = None

    def restart(self, pins: str) -> None:
        """The board has come up, and its agent listens at this socket."""
        if self.process:
            self.process.kill()
            end(self.process)
        command = bridge_command(self.tools, pins, self.plant, os.path.join(self.tools.repository, "Board"),
                                 os.path.join(self.tools.repository, "Tools/BoardEmulator/Guest/lines.txt"))
        self.process = self.tools.start("bridge", command + (["--gate-held"] if self.gate_held else []))

    def expect_whole(self, board_lives: bool) -> None:
        """With it ends the pulsing of the plant's gate, so its own end must not pass for the firmware's. It ends with status 0
        when the board does."""
        found = self.process.poll()
        if found is not None and (board_lives or found):
            with open(self.tools.path("pins.txt")) as file:
                raise Failure(f"bridge: expected it to run, found it ended with status {found}: {file.read()[-300:].strip()}")
