"""The board's console: a shell on a serial port, reached through a Unix socket."""
import re
import socket
import time

from failure import Failure

# Seconds that a command may take on a board whose processor is emulated beside whatever else this machine does.
PATIENCE = 120


def connect(path: str, seconds: float = 20) -> socket.socket:
    """The socket's file is there a moment before its owner listens."""
    deadline = time.monotonic() + seconds
    while True:
        end = socket.socket(socket.AF_UNIX)
        try:
            end.connect(path)
            return end
        except ConnectionRefusedError:
            end.close()
            if time.monotonic() > deadline:
                raise Failure(f"expected somebody to listen at {path}, found nobody within {seconds:.0f} s") from None
            time.sleep(0.05)


class Console:
    """Runs one command at a time; the shell does not echo."""

    def __init__(self, path: str, log: str):
        self.socket = connect(path)
        self.log = open(log, "ab", buffering=0)
        self.held = self.before = b""
        self.number = 0

    def expect(self, pattern: str, seconds: float) -> re.Match:
        """Waits for a pattern of less than 4096 bytes on the console, and takes everything up to its end; what came before it stands in
        `before`."""
        deadline = time.monotonic() + seconds
        compiled = re.compile(pattern.encode())
        searched = 0
        while True:
            # A megabyte comes in thousands of pieces: nobody looks through all of it for each.
            found = compiled.search(self.held, max(searched - 4096, 0))
            if found:
                self.before, self.held = self.held[:found.start()], self.held[found.end():]
                return found
            searched = len(self.held)
            left = deadline - time.monotonic()
            if left <= 0:
                raise Failure(f"console: expected {pattern!r} within {seconds:.0f} s, found {self.held[-300:]!r}")
            self.socket.settimeout(left)
            try:
                received = self.socket.recv(65536)
            except socket.timeout:
                continue
            if not received:
                raise Failure(f"console: expected {pattern!r}, found the end of the board: {self.held[-300:]!r}")
            self.log.write(received)
            self.held += received

    def drain(self, seconds: float) -> bool:
        """Takes what the board says until it has ended; answers whether it has. A panic that nobody reads waits for a reader."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.socket.settimeout(max(deadline - time.monotonic(), 0.01))
            try:
                received = self.socket.recv(65536)
            except socket.timeout:
                return False
            except ConnectionResetError:
                return True
            if not received:
                return True
            self.log.write(received)
        return False

    def send(self, command: str) -> None:
        """Types a command and does not wait for its end."""
        self.socket.sendall(command.encode() + b"\n")

    def run(self, command: str, seconds: float = PATIENCE, may_fail: bool = False) -> str:
        """Runs a command and answers its output; raises where it fails."""
        self.number += 1
        # Begin and end are made by the shell, so that nothing typed can be taken for them.
        self.send(f"echo BEG''IN{self.number}; {command}\necho EN''D{self.number}:$?:")
        self.expect(f"BEGIN{self.number}\r?\n", seconds)
        deadline = time.monotonic() + seconds
        found = self.expect(rf"END{self.number}:(\d+):\r?\n", max(deadline - time.monotonic(), 1))
        output = self.before.decode(errors="replace").replace("\r", "").strip()
        if found[1] != b"0" and not may_fail:
            raise Failure(f"on the board: {command}: expected status 0, found {found[1].decode()}: {output[-300:]}")
        return output
