"""A disk with a volatile write cache, between QEMU and the image: what was not flushed may be lost with the power.

QEMU reaches it by the NBD protocol (fixed newstyle, simple replies) on a Unix socket. A write is in the cache until a flush
has been answered; then it is in the image. `cut` takes the power away: it kills QEMU, and nothing more is answered. `settle`
makes of the image what a cut could have left of it.
"""
import os
import random
import socket
import struct
import threading
import time
from collections import deque

from failure import Failure

SECTOR = 512
OPTION_MAGIC, OPTION_REPLY_MAGIC = 0x49484156454F5054, 0x3E889045565A9
REQUEST_MAGIC, REPLY_MAGIC = 0x25609513, 0x67446698
EXPORT_NAME, ABORT, GO = 1, 2, 7
ACKNOWLEDGED, INFORMATION, UNSUPPORTED = 1, 3, 1 << 31 | 1
READ, WRITE, DISCONNECT, FLUSH = 0, 1, 2, 3
# The export has flags, and takes flushes. No FUA: QEMU flushes instead.
EXPORT_FLAGS = 1 | 1 << 2
INVALID = 22
# The beginning of a commit block of ext4's journal: magic and type, highest byte first (include/linux/jbd2.h).
COMMIT_BLOCK = struct.pack(">II", 0xC03B3998, 2)
LONGEST_REQUEST = 32 << 20


class Gone(Exception):
    """The other end has closed, or the power is off."""


class VolatileDisk:
    """One image and its cache; serves one machine at a time, on a thread of its own.

    With `lost_flushes` it is a disk that lies: what its last so many flushes covered is in the cache still, and one of them is
    lost with the power."""

    def __init__(self, image: str, path: str, lost_flushes: int = 0):
        self.image, self.path, self.lost_flushes = image, path, lost_flushes
        self.file = os.open(image, os.O_RDWR)
        self.size = os.fstat(self.file).st_size
        self.pending: list[tuple[int, bytes]] = []
        self.claimed: deque[list[tuple[int, bytes]]] = deque()
        self.lock = threading.Lock()
        self.off = threading.Event()
        self.kill = None
        # CLOCK_MONOTONIC of this machine, in nanoseconds.
        self.cut_at = 0
        self.countdown: int | None = None
        self.writes = self.flushes = 0
        # Whether the last cut left a commit block of the file system's journal in part.
        self.tore_commit = False
        if os.path.exists(path):
            os.unlink(path)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(1)
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def address(self) -> str:
        """How QEMU names it."""
        return f"nbd+unix:///?socket={self.path}"

    # MARK: The power

    def power_on(self, kill) -> None:
        """A machine has started; `kill` ends it at once."""
        with self.lock:
            self.kill, self.countdown = kill, None
            self.off.clear()

    def cut_after(self, requests: int) -> None:
        """Cuts the power when so many more writes and flushes have come: the last of them is not answered."""
        with self.lock:
            self.countdown = requests

    def cut(self) -> None:
        """Cuts the power now."""
        with self.lock:
            self._cut()

    def _cut(self) -> None:
        if not self.off.is_set():
            self.kill()
            self.cut_at = time.monotonic_ns()
            self.off.set()

    def settle(self, numbers: random.Random) -> str:
        """What is in the cache gets into the image, or does not, each write by itself and one of them in part; says what."""
        with self.lock:
            words = self._lose_flushed(numbers) if self.claimed else ""
            unflushed, kept = len(self.pending), 0
            # A disk that had time for nothing, for everything, or for some.
            share = numbers.choice([0, 0.5, 0.9, 1])
            torn = numbers.randrange(unflushed) if unflushed and numbers.random() < 0.5 else None
            self.tore_commit = torn is not None and self._has_commit(self.pending[torn][1])
            for place, (offset, data) in enumerate(self.pending):
                if place == torn:
                    self._tear(offset, data, numbers)
                elif numbers.random() < share:
                    os.pwrite(self.file, data, offset)
                    kept += 1
            words += f"{kept} of {unflushed} unflushed writes kept" + ("" if torn is None else ", one torn")
            self.pending = []
            self.claimed.clear()
        return words

    def _lose_flushed(self, numbers: random.Random) -> str:
        """One batch of flushed writes is lost, and others as it comes."""
        lost = numbers.randrange(len(self.claimed))
        for place, batch in enumerate(self.claimed):
            if place != lost and numbers.random() < 0.5:
                for offset, data in batch:
                    os.pwrite(self.file, data, offset)
        return f"{len(self.claimed[lost])} flushed writes lost, "

    @staticmethod
    def _has_commit(data: bytes) -> bool:
        return any(data.startswith(COMMIT_BLOCK, start) for start in range(0, len(data), SECTOR))

    def _tear(self, offset: int, data: bytes, numbers: random.Random) -> None:
        for start in range(0, len(data), SECTOR):
            if numbers.random() < 0.5:
                os.pwrite(self.file, data[start:start + SECTOR], offset + start)

    # MARK: Requests

    def _read(self, offset: int, length: int) -> bytes:
        data = bytearray(os.pread(self.file, length, offset))
        for batch in [*self.claimed, self.pending]:
            for start, words in batch:
                low, high = max(start, offset), min(start + len(words), offset + length)
                if low < high:
                    data[low - offset:high - offset] = words[low - start:high - start]
        return bytes(data)

    def _flush(self) -> None:
        if self.pending:
            self.claimed.append(self.pending)
            self.pending = []
        while len(self.claimed) > self.lost_flushes:
            for offset, data in self.claimed.popleft():
                os.pwrite(self.file, data, offset)

    def _answer(self, kind: int, offset: int, length: int, data: bytes) -> tuple[int, bytes]:
        with self.lock:
            if self.off.is_set():
                raise Gone
            if kind == WRITE:
                self.writes += 1
                self.pending.append((offset, data))
            if kind in (WRITE, FLUSH) and self.countdown is not None:
                self.countdown -= 1
                if self.countdown <= 0:
                    self._cut()
                    raise Gone
            if kind == READ:
                return 0, self._read(offset, length)
            if kind == FLUSH:
                self.flushes += 1
                self._flush()
            return (0 if kind in (WRITE, FLUSH) else INVALID), b""

    # MARK: The protocol

    def _serve(self) -> None:
        while True:
            try:
                end, _ = self.listener.accept()
            except OSError:
                return
            with end:
                try:
                    self._negotiate(end)
                    while self._request(end):
                        pass
                except (Gone, ConnectionError):
                    pass

    @staticmethod
    def _take(end: socket.socket, length: int) -> bytes:
        data = bytearray()
        while len(data) < length:
            received = end.recv(length - len(data))
            if not received:
                raise Gone
            data += received
        return bytes(data)

    def _negotiate(self, end: socket.socket) -> None:
        end.sendall(b"NBDMAGIC" + struct.pack(">QH", OPTION_MAGIC, 3))
        without_zeroes = struct.unpack(">I", self._take(end, 4))[0] & 2
        while True:
            magic, option, length = struct.unpack(">QII", self._take(end, 16))
            if magic != OPTION_MAGIC or length > 4096:
                raise Gone
            self._take(end, length)

            def reply(kind: int, data: bytes = b"") -> None:
                end.sendall(struct.pack(">QIII", OPTION_REPLY_MAGIC, option, kind, len(data)) + data)

            if option == EXPORT_NAME:
                end.sendall(struct.pack(">QH", self.size, EXPORT_FLAGS) + (b"" if without_zeroes else bytes(124)))
                return
            if option == GO:
                reply(INFORMATION, struct.pack(">HQH", 0, self.size, EXPORT_FLAGS))
                reply(INFORMATION, struct.pack(">HIII", 3, SECTOR, 4096, LONGEST_REQUEST))
                reply(ACKNOWLEDGED)
                return
            if option == ABORT:
                reply(ACKNOWLEDGED)
                raise Gone
            reply(UNSUPPORTED)

    def _request(self, end: socket.socket) -> bool:
        magic, _, kind, handle, offset, length = struct.unpack(">IHHQQI", self._take(end, 28))
        if magic != REQUEST_MAGIC:
            raise Failure(f"disk: expected a request of NBD, found {magic:#x}")
        if kind == DISCONNECT:
            return False
        data = self._take(end, length) if kind == WRITE else b""
        if kind != FLUSH and offset + length > self.size:
            error, answer = INVALID, b""
        else:
            error, answer = self._answer(kind, offset, length, data)
        end.sendall(struct.pack(">IIQ", REPLY_MAGIC, error, handle) + answer)
        return True

    def close(self) -> None:
        self.listener.close()
        os.close(self.file)
