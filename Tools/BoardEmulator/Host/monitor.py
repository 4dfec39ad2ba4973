"""What QEMU itself says of the machine (its QMP monitor): why it ended, and whether the watchdog did it."""
import json
import socket

from console import connect
from failure import Failure


class Monitor:
    """Takes events; they wait in the socket until they are asked for, also those of a QEMU that has ended."""

    def __init__(self, path: str):
        self.socket = connect(path)
        # What came and was not asked for yet.
        self.words = b""
        # No event comes before this.
        self._execute("qmp_capabilities")

    def _execute(self, command: str, **arguments: str) -> None:
        """Waits for the answer: QEMU lets one monitor in, and keeps a second one waiting without a word."""
        self.socket.sendall(json.dumps({"execute": command, "arguments": arguments}).encode() + b"\n")
        self.socket.settimeout(10)
        try:
            while not (answers := [line for line in self.words.split(b"\n")[:-1] if b'"return"' in line or b'"error"' in line]):
                received = self.socket.recv(65536)
                if not received:
                    raise Failure(f"{command}: expected an answer of QEMU, found its end")
                self.words += received
        except socket.timeout:
            raise Failure(f"{command}: expected an answer of QEMU within 10 s, found none") from None
        self.words = self.words.replace(answers[0] + b"\n", b"", 1)
        if b'"error"' in answers[0]:
            raise Failure(f"{command}: expected an answer of QEMU, found {answers[0].decode()}")

    def send_break(self, port: str) -> None:
        """BREAK on one of the board's serial ports."""
        self._execute("chardev-send-break", id=port)

    def events(self, seconds: float = 10) -> list[dict]:
        """Every event up to the end of QEMU."""
        self.socket.settimeout(seconds)
        try:
            while received := self.socket.recv(65536):
                self.words += received
        except (socket.timeout, ConnectionResetError):
            pass
        self.socket.close()
        return read_events(self.words)


def read_events(words: bytes) -> list[dict]:
    """The events among QMP's lines; a line that QEMU did not finish is none."""
    lines = words.split(b"\n")[:-1]
    return [message for line in lines if line.strip() and "event" in (message := json.loads(line))]


def was_reset(events: list[dict]) -> bool:
    """Whether the machine ended by a reset of its own, which -no-reboot makes an end."""
    return any(event["event"] == "SHUTDOWN" and event["data"]["reason"] == "guest-reset" for event in events)


def was_watchdog(events: list[dict]) -> bool:
    """Whether the processor's watchdog ran out."""
    return any(event["event"] == "WATCHDOG" and event["data"]["action"] == "reset" for event in events)
