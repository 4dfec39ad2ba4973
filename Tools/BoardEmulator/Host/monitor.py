"""What QEMU itself says of the machine (its QMP monitor): why it ended, and whether the watchdog did it."""
import json
import socket

from console import connect


class Monitor:
    """Takes events; they wait in the socket until they are asked for, also those of a QEMU that has ended."""

    def __init__(self, path: str):
        self.socket = connect(path)
        # No event comes before this.
        self.socket.sendall(b'{"execute": "qmp_capabilities"}\n')

    def send_break(self, port: str) -> None:
        """BREAK on one of the board's serial ports."""
        message = {"execute": "chardev-send-break", "arguments": {"id": port}}
        self.socket.sendall(json.dumps(message).encode() + b"\n")

    def events(self, seconds: float = 10) -> list[dict]:
        """Every event up to the end of QEMU."""
        words = b""
        self.socket.settimeout(seconds)
        try:
            while received := self.socket.recv(65536):
                words += received
        except (socket.timeout, ConnectionResetError):
            pass
        self.socket.close()
        return read_events(words)


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
