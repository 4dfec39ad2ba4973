"""Between the board's pins and the plant: a process of its own, so that nothing else holds it up.

    pin_bridge.py PINS-SOCKET PLANT-SOCKET LINES-FILE LOG [--gate-held]

To the plant it is the firmware of a board: outputs and gate pulses go there with the moment at which the emulated kernel logged
them, samples come back and become pulls and converter counts. It keeps the last level of each output when nothing comes any
more: that is what pins do. Without the plant, or without the board, it ends. With --gate-held the gate of the model never drops. The
log has the host's moment in nanoseconds, the board's in seconds, and what changed.
"""
import os
import select
import socket
import sys
import time

from failure import Failure
from plant_frames import Outputs, Sample, pulse_frame, read_sample

# Board/profiles/emulated.toml: 12 bits over ±15 V.
MICROVOLTS_PER_COUNT, OFFSET_MILLIVOLTS = 7326, -15_000
# How often the board's clock is asked for, and how many answers the offset between the clocks is taken from.
CLOCK_PERIOD, CLOCK_MEMORY = 0.25, 40
# Shorter than the gate's one-shot holds.
TURN = 0.05


class BoardClock:
    """The host's monotonic clock at a moment of the board's: by the answers that took the shortest time."""

    def __init__(self) -> None:
        self.offsets: list[int] = []

    def note(self, board: int, host: int) -> None:
        self.offsets = (self.offsets + [host - board])[-CLOCK_MEMORY:]

    def host(self, board: int) -> int:
        # Before the first answer nothing was driven, so no moment is asked for.
        return board + min(self.offsets)


def levels(sample: Sample) -> dict[str, int]:
    """The levels of the input lines."""
    contacts = sample.contacts
    # The earth's two states stand in the frame as present and missing, the line is high where it is present.
    for name in ("mirror", "second_mirror", "load_l1", "load_l2", "load_l3", "gate", "earth"):
        if contacts[name] > 1:
            raise Failure(f"plant: expected {name} to be known, since a line has two levels; found {contacts[name]}")
    return {
        "CONTACTOR_AUX": contacts["mirror"], "CONTACTOR_AUX_2": contacts["second_mirror"], "LOAD_L1": contacts["load_l1"],
        "LOAD_L2": contacts["load_l2"], "LOAD_L3": contacts["load_l3"], "GATE_READBACK": contacts["gate"],
        "EARTH": 1 - contacts["earth"], "EMERGENCY_STOP": sample.emergency_stop, "RESIDUAL_DC": sample.residual_dc,
        "RESIDUAL_AC": sample.residual_ac, "ENCLOSURE": sample.enclosure_open, "SUPPLY_LOW": sample.supply_low,
        "FAN_RUNS": sample.fan_runs, "RESET_BUTTON": sample.local_reset,
    }


def count(millivolts: int) -> int:
    """The converter's count for a voltage at the detector."""
    return max(0, min(4095, round((millivolts - OFFSET_MILLIVOLTS) * 1000 / MICROVOLTS_PER_COUNT)))


class PinBridge:
    """Moves pins and tells the plant; one thread."""

    def __init__(self, pins: socket.socket, plant: socket.socket, lines: dict[str, int], log, gate_held: bool):
        self.pins, self.plant, self.lines, self.log = pins, plant, lines, log
        self.names = {offset: name for name, offset in lines.items()}
        self.clock = BoardClock()
        self.outputs = Outputs()
        self.pwm = (0, 0, 0)
        self.shown: dict[str, int] = {}
        self.held = b""
        self.pulses = 0
        self.gate_held = gate_held

    def run(self) -> None:
        asked = 0.0
        # As every driver does on a new connection: the enable low before anything else.
        self.plant.send(self.outputs.frame(time.monotonic_ns()))
        while True:
            if time.monotonic() >= asked:
                asked = time.monotonic() + CLOCK_PERIOD
                self.pins.sendall(b"s\n")
            ready, _, _ = select.select([self.pins, self.plant], [], [], TURN)
            if self.gate_held:
                self.plant.send(pulse_frame(time.monotonic_ns()))
            if self.pins in ready:
                self._hear()
            if self.plant in ready:
                self._sense()

    def _hear(self) -> None:
        received = self.pins.recv(65536)
        moment = time.monotonic_ns()
        if not received:
            raise EOFError("the board's pins")
        *whole, self.held = (self.held + received).split(b"\n")
        for line in whole:
            self._take(line.decode(errors="replace").split(), moment)

    def _take(self, words: list[str], moment: int) -> None:
        match words:
            case ["s" | "ready", board]:
                self.clock.note(int(board), moment)
            case ["o", board, offset, level]:
                self._output(int(board), self.names.get(int(offset), ""), level == "1")
            case ["w", board, enabled, period, duty]:
                self.pwm = (int(enabled), int(period), int(duty))
                # A disabled PWM is low, and a duty that is not of a period of 1 ms is no pilot.
                self.outputs.high_time = self.pwm[2] if self.pwm[0] and self.pwm[1] == 1_000_000 else 0
                self._log(board, "PILOT", self.outputs.high_time)
                self._drive(int(board))
            case ["f", board]:
                self._log(board, "FAULT", 1)
            case ["k", board, process]:
                self._log(board, "OUT_OF_MEMORY", int(process))
            case _:
                print("pin bridge: the board says:", *words, file=self.log, flush=True)

    def _output(self, board: int, name: str, level: bool) -> None:
        if name == "COIL_GATE":
            self.pulses += 1
            self.plant.send(pulse_frame(self.clock.host(board)))
            return
        fields = {"CONTACTOR": "enable", "PHASE_RELAY": "three_phases", "PILOT_RELAY": "pilot_connected",
                  "RESIDUAL_TEST": "residual_test", "FAN": "ventilation"}
        if name not in fields:
            raise Failure(f"pins: expected one of the board's outputs, found {name or 'a line without a name'}")
        setattr(self.outputs, fields[name], level)
        self._log(board, name, int(level))
        self._drive(board)

    def _drive(self, board: int) -> None:
        self.plant.send(self.outputs.frame(self.clock.host(board)))

    def _sense(self) -> None:
        frame = None
        # Only the newest sample counts: the pins have the state of now.
        while True:
            try:
                received = self.plant.recv(256, socket.MSG_DONTWAIT)
            except BlockingIOError:
                break
            if not received:
                raise EOFError("the plant")
            frame = received
        if frame is None:
            return
        sample = read_sample(frame)
        if not sample.inputs_valid or not sample.pilot_valid:
            raise Failure("plant: expected valid inputs, found a plant that cannot sense")
        text = []
        for name, level in levels(sample).items():
            self._show(text, name, f"i {self.lines[name]} {int(level)}", int(level))
        self._show(text, "high", f"a 0 {count(sample.pilot_high)}", count(sample.pilot_high))
        self._show(text, "low", f"a 1 {count(sample.pilot_low)}", count(sample.pilot_low))
        for place, value in enumerate((sample.board_temperature, sample.plug_temperature)):
            if value is not None:
                self._show(text, f"temperature {place}", f"t {place} {value * 100}", value)
        if text:
            self.pins.sendall("".join(line + "\n" for line in text).encode())

    def _show(self, text: list[str], name: str, line: str, value: int) -> None:
        if self.shown.get(name) != value:
            self.shown[name] = value
            text.append(line)

    def hold_gate(self) -> None:
        """Goes on without the board: a gate that never drops needs no pulses."""
        while True:
            self.plant.send(pulse_frame(time.monotonic_ns()))
            time.sleep(TURN)

    def _log(self, board: int | str, name: str, value: int) -> None:
        print(f"{self.clock.host(int(board))} {int(board) / 1e9:.6f} {name} {value}", file=self.log, flush=True)


def connect(path: str, kind: int) -> socket.socket:
    end = socket.socket(socket.AF_UNIX, kind)
    end.connect(path)
    return end


def read_lines(path: str) -> dict[str, int]:
    """The names and offsets of Guest/lines.txt."""
    with open(path) as file:
        rows = [line.split() for line in file if line[:1].isdigit()]
    return {name: int(offset) for offset, name, _ in rows}


def main() -> None:
    pins, plant, lines, log = sys.argv[1:5]
    try:
        # Below the plant (40): the bridge hands on what the plant computes.
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(30))
    except PermissionError:
        pass
    with open(log, "a") as file:
        bridge = PinBridge(connect(pins, socket.SOCK_STREAM), connect(plant, socket.SOCK_SEQPACKET), read_lines(lines), file,
                           "--gate-held" in sys.argv[5:])
        try:
            bridge.run()
        except (EOFError, ConnectionError) as end:
            print(f"pin bridge: {end} ended after {bridge.pulses} pulses", file=file, flush=True)
            if bridge.gate_held and str(end) != "the plant":
                bridge.hold_gate()


if __name__ == "__main__":
    main()
