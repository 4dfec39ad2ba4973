"""The service shell on the board's serial line, as a terminal and as a program use it, through pexpect."""
import json
import socket
import time

import pexpect
from pexpect import fdpexpect

from console import connect
from failure import Failure

PROMPT = "wattseal> "
# The firmware's threads wait for an emulated processor.
PATIENCE = 60


def crc32c(data: bytes) -> int:
    """CRC-32C (Castagnoli), reflected polynomial 0x82f63b78: RFC 3720, appendix B.4."""
    value = 0xFFFFFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
    return value ^ 0xFFFFFFFF


class ShellLine:
    """One end of the cable. QEMU's socket stands for it: what is sent arrives as bytes of the board's ttyS3."""

    def __init__(self, path: str, log: str):
        self.socket: socket.socket = connect(path)
        self.log = open(log, "ab", buffering=0)
        self.terminal = fdpexpect.fdspawn(self.socket.fileno(), timeout=PATIENCE)
        self.terminal.logfile_read = self.log
        self.requests = 0

    def send(self, data: bytes) -> None:
        self.terminal.send(data)

    def expect(self, pattern: str) -> str:
        """Waits for an exact text; answers what came before it."""
        try:
            self.terminal.expect_exact(pattern.encode())
        except (pexpect.TIMEOUT, pexpect.EOF):
            raise Failure(f"shell: expected {pattern!r} within {PATIENCE} s, found {self.terminal.before[-300:]!r}") from None
        return self.terminal.before.decode(errors="replace").replace("\r\n", "\n").replace("\r", "\n")

    def hear(self, seconds: float) -> str:
        """What comes until there is a prompt and nothing behind it, or for so long."""
        deadline = time.monotonic() + seconds
        heard = b""
        while (left := deadline - time.monotonic()) > 0:
            try:
                heard += self.terminal.read_nonblocking(4096, timeout=min(left, 0.3))
            except pexpect.TIMEOUT:
                if heard.endswith(PROMPT.encode()):
                    break
        return heard.decode(errors="replace").replace("\r\n", "\n").replace("\r", "\n")

    def wake(self) -> None:
        """Gives up whatever was typed, and waits for a prompt that belongs to it."""
        self.send(b"\x03")
        self.send(b"whoami\r")
        self.expect("role ")
        self.expect(PROMPT)

    def type(self, command: str) -> list[str]:
        """Types a command as a person does; answers the lines that it shows."""
        self.send(command.encode() + b"\r")
        self.expect(command)
        return [line for line in self.expect(PROMPT).split("\n") if line]

    def confirm(self, command: str) -> list[str]:
        """Types a change and the token that the board asks for."""
        asked = self.type(command)
        token = next((line.split("confirm ")[1][:4] for line in asked if "confirm " in line), None)
        if not token:
            return asked
        return asked + self.type(f"confirm {token}")

    def request(self, name: str, arguments: dict | None = None, summed: bool = False, number: int | None = None) -> str:
        """A request as a program words it, under the next number or a given one."""
        if number is None:
            self.requests += 1
            number = self.requests
        request: dict = {"id": number, "cmd": name}
        if arguments:
            request["args"] = arguments
        text = json.dumps(request, separators=(",", ":"))
        if summed:
            text = f'{text[:-1]},"sum":"{crc32c(text[:-1].encode()):08x}"}}'
        return text

    def ask(self, name: str, arguments: dict | None = None, summed: bool = False, number: int | None = None) -> dict:
        """Sends a request as a program does; answers the reply."""
        return self.ask_line(self.request(name, arguments, summed, number))

    def ask_line(self, text: str) -> dict:
        """Sends a request as it stands; answers the reply, past events."""
        self.send(text.encode() + b"\n")
        while True:
            line = self.expect("\n").strip()
            if line.startswith("{") and '"ev":' not in line[:8]:
                return json.loads(line)

    def close(self) -> None:
        self.socket.close()
        self.log.close()
