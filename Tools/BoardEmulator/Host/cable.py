"""A technician's cable that can be pulled: a pseudo-terminal of this machine, and behind it the board's serial port."""
import os
import select
import threading
import time
import tty

from console import connect


class Cable:
    """Carries bytes between the terminal at `path` and the board's port, and keeps what went either way. After so many bytes to the
    board it is pulled, in the middle of whatever is on its way, and put back two seconds later."""

    def __init__(self, path: str, port: str, cuts: list[int]):
        self.path, self.port = path, port
        # Cumulative bytes at which it is pulled.
        self.cuts = sorted(cuts)
        self.pulled = 0
        self.to_board, self.to_desk = bytearray(), bytearray()
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._plug()
        self._thread.start()

    def _plug(self) -> None:
        self.desk, far = os.openpty()
        tty.setraw(far)
        if os.path.lexists(self.path):
            os.unlink(self.path)
        os.symlink(os.ttyname(far), self.path)
        # Held open, so that the terminal is there before somebody uses it.
        self.far = far
        self.board = connect(self.port)

    def _pull(self) -> None:
        os.unlink(self.path)
        os.close(self.desk)
        os.close(self.far)
        self.board.close()

    def _run(self) -> None:
        while not self._is_over.is_set():
            ready, _, _ = select.select([self.desk, self.board], [], [], 0.1)
            if self.board in ready:
                data = self.board.recv(4096)
                if not data:
                    return
                self.to_desk += data
                os.write(self.desk, data)
            if self.desk in ready:
                data = os.read(self.desk, 4096)
                if self.cuts and len(self.to_board) + len(data) >= self.cuts[0]:
                    data = data[:self.cuts.pop(0) - len(self.to_board)]
                    self._carry(data)
                    self._pull()
                    self.pulled += 1
                    time.sleep(2)
                    self._plug()
                else:
                    self._carry(data)

    def _carry(self, data: bytes) -> None:
        self.board.sendall(data)
        self.to_board += data

    def close(self) -> None:
        self._is_over.set()
        self._thread.join()
        self._pull()
