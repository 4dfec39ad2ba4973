#!/usr/bin/env python3
"""A Modbus meter on pymodbus 3.16.1, with values from the vendors' register tables and not from our profiles.

    pymodbus_meter.py MODEL tcp PORT | rtu DEVICE | expect   [--unit N] [--fc 3|4] [--sunspec-base N]
                                                             [--state odd|plain] [--unsourced]
    pymodbus_meter.py models

`expect` prints what a correct reader must report, one line of JSON; `models` prints a line of JSON for each model.
--fc starts a device that knows this function code only, for models where sources or firmwares disagree. --state is
the installation behind the meter: plain for sdm630 and iem3155 unless named, odd for all others. --unsourced adds the
registers that no source within reach confirms. Neither `expect` nor `models` needs pymodbus.

Prints `ready` once it listens. Each line on standard input is one command, answered by `ok`:
    energy MILLIWATTHOURS     sets the import register
    serial NUMBER|TEXT        sets the serial number
    order lsw|be              the word order of every number of several words
    fault NAME COUNT          spoils the next COUNT replies
    late SECONDS              holds the next reply back, and whatever is asked meanwhile
    left                      first prints how many replies are still to be spoiled or held back
Faults: crc (the last byte is wrong), flip (one bit of the payload; on RTU the CRC stays and is wrong), nan (payload of
7FC0 0000 with a valid CRC), unit (from another unit, with a valid CRC), garbage, drop or silence, duplicate, truncate,
transaction, length (MBAP length and protocol id wrong; on RTU the byte count, with a valid CRC), protocol (the MBAP
protocol id alone), busy (exception 6), gateway (exception 11).
Ends when its standard input does.
"""
import argparse
import asyncio
import json
import os
import sys
import time

# The tree of sources stays as it is.
sys.dont_write_bytecode = True

from vendor_meters import MODELS, Options, expected, make_device  # noqa: E402

# What the tests of these two have always read.
PLAIN = ("sdm630", "iem3155")
EXCEPTIONS = {"busy": 6, "gateway": 11}
FRAME_FAULTS = (
    "crc", "flip", "nan", "unit", "garbage", "drop", "silence", "duplicate", "truncate", "transaction", "length",
    "protocol",
)
NOT_A_NUMBER = bytes.fromhex("7fc00000")


def crc16(data):
    """The RTU checksum, low byte first."""
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0xA001 if value & 1 else 0)
    return value.to_bytes(2, "little")


class Peer:
    """A device behind pymodbus, and the faults of its replies."""

    def __init__(self, device, kind):
        self.device = device
        self.is_rtu = kind == "rtu"
        self.fault, self.left = "", 0
        self.held = 0.0
        self.asked = 0

    def server_device(self):
        """pymodbus checks addresses against these ranges; the action gives them their values."""
        from pymodbus.simulator import DataType, SimData, SimDevice

        everything = [SimData(0, values=[0] * 0x10000, datatype=DataType.REGISTERS)]
        bits = [SimData(0, values=[False] * 16, datatype=DataType.BITS)]
        # Unit 0 is every unit here; `frame` keeps silent for all but ours.
        return SimDevice(0, simdata=(bits, bits, everything, everything), action=self.action)

    async def action(self, function_code, start, address, count, current, set_values):
        from pymodbus.constants import ExcCodes

        if set_values is None:
            found = self.device.read(function_code, address, count)
        else:
            found = self.device.write(function_code, address, set_values)
        if isinstance(found, list):
            current[address - start : address - start + count] = found
            return None
        return ExcCodes(found) if found else None

    def reply(self, sending, pdu):
        """The reply before it is a frame: exceptions for faults and for functions that the meter does not know."""
        from pymodbus.pdu import ExceptionResponse

        if not sending or pdu.dev_id != self.device.unit:
            return pdu
        code = pdu.function_code & 0x7F
        if self.left > 0 and self.fault in EXCEPTIONS:
            self.left -= 1
            return ExceptionResponse(code, EXCEPTIONS[self.fault], pdu.dev_id, pdu.transaction_id)
        if code not in self.device.codes:
            return ExceptionResponse(code, 1, pdu.dev_id, pdu.transaction_id)
        return pdu

    def frame(self, sending, data):
        """The reply's bytes, spoiled where a fault is due; nothing for another unit's request."""
        start = 0 if self.is_rtu else 6
        if not sending:
            self.asked = data[start + 1] if len(data) > start + 1 else 0
            return data
        if not data or data[start] != self.device.unit:
            return b""
        if data[start + 1] == 0x80:
            data = self.refused(bytearray(data), start)
        if self.held > 0:
            # The whole server stands still, as a meter that does one thing after the other.
            seconds, self.held = self.held, 0.0
            time.sleep(seconds)
        if self.left <= 0 or self.fault not in FRAME_FAULTS:
            return data
        self.left -= 1
        return self.spoiled(bytearray(data), start)

    def refused(self, reply, start):
        """pymodbus drops the function of a request that it cannot decode: a count out of range, or a code unknown."""
        reply[start + 1] |= self.asked
        reply[start + 2] = 3 if self.asked in self.device.codes else 1
        if self.is_rtu:
            reply[-2:] = crc16(reply[:-2])
        return bytes(reply)

    def spoiled(self, reply, start):
        """`start` is where unit, function and byte count are."""
        name, sealed = self.fault, False
        payload = range(start + 3, len(reply) - (2 if self.is_rtu else 0))
        is_exception = bool(reply[start + 1] & 0x80)
        if name == "crc":
            reply[-1] ^= 0xFF
        elif name == "flip":
            reply[start + 2 if is_exception else payload[1]] ^= 0x10
        elif name == "nan" and not is_exception:
            for index, position in enumerate(payload):
                reply[position] = NOT_A_NUMBER[index % 4]
            sealed = True
        elif name == "unit":
            reply[start] = reply[start] % 247 + 1
            sealed = True
        elif name == "garbage":
            reply = bytearray(b"\x00\xff\x00") + reply
        elif name in ("drop", "silence"):
            return b""
        elif name == "duplicate":
            reply *= 2
        elif name == "truncate":
            reply = reply[:-3]
        elif name == "transaction":
            reply[1] ^= 1
        elif name == "length" and self.is_rtu:
            reply[2] ^= 2
            sealed = True
        elif name == "length":
            reply[2:6] = bytes.fromhex("007fc000")
        elif name == "protocol" and not self.is_rtu:
            reply[2:4] = bytes.fromhex("007f")
        if sealed and self.is_rtu:
            reply[-2:] = crc16(reply[:-2])
        return bytes(reply)

    def command(self, words):
        state = self.device.state
        match words:
            case ["energy", number]:
                state.import_energy = int(number)
            case ["serial", number] if number.isdecimal():
                state.serial, state.serial_text = int(number), ""
            case ["serial", text]:
                state.serial_text = text
            case ["order", ("be" | "lsw") as order]:
                self.device.order = order
            case ["fault", name, count] if name in FRAME_FAULTS or name in EXCEPTIONS:
                self.fault, self.left = name, int(count)
            case ["late", seconds]:
                self.held = float(seconds)
            case ["left"]:
                print(self.left + (self.held > 0), flush=True)
            case _:
                raise SystemExit(f"no such command: {' '.join(words)}")
        self.device.changed()


async def obey(peer):
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        peer.command(line.decode().split())
        print("ok", flush=True)


async def listening(kind, where):
    """Waits until the server takes connections; a serial one needs a moment to open its device."""
    if kind == "rtu":
        await asyncio.sleep(1.0)
        return
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", int(where))
            writer.close()
            return
        except ConnectionError:
            await asyncio.sleep(0.05)


async def serve(device, kind, where):
    from pymodbus import FramerType
    from pymodbus.server import StartAsyncSerialServer, StartAsyncTcpServer

    peer = Peer(device, kind)
    traces = {"trace_packet": peer.frame, "trace_pdu": peer.reply}
    if kind == "tcp":
        server = StartAsyncTcpServer(peer.server_device(), address=("127.0.0.1", int(where)), **traces)
    else:
        _, parity, stop = device.model.link.format or "8N1"
        if os.path.realpath(where).startswith("/dev/pts/"):
            # A pseudo-terminal has no parity, and the C library refuses to set one.
            parity = "N"
        server = StartAsyncSerialServer(
            peer.server_device(), framer=FramerType.RTU, port=where, baudrate=device.model.link.baud or 9600,
            parity=parity, stopbits=int(stop), **traces,
        )
    running = asyncio.create_task(server)
    await listening(kind, where)
    print("ready", flush=True)
    await obey(peer)
    running.cancel()


def describe(model):
    """A model's line of `models`; null where nothing states a value."""
    return json.dumps({
        "model": model.key, "name": model.name, "serial": model.serial, "tcp": model.tcp, "baud": model.link.baud,
        "format": model.link.format, "unit": model.link.unit, "codes": model.codes, "choices": model.choices,
        "order": model.order, "max_registers": model.max_registers, "source": model.source,
    })


def arguments():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("model", choices=[*MODELS, "models"])
    parser.add_argument("kind", nargs="?", choices=["tcp", "rtu", "expect"])
    parser.add_argument("where", nargs="?")
    parser.add_argument("--unit", type=int)
    parser.add_argument("--fc", type=int, choices=[3, 4])
    parser.add_argument("--sunspec-base", type=int)
    parser.add_argument("--state", choices=["odd", "plain"])
    parser.add_argument("--unsourced", action="store_true")
    given = parser.parse_args()
    if given.model != "models" and (given.kind is None or (given.where is None) != (given.kind == "expect")):
        parser.error("MODEL tcp PORT, MODEL rtu DEVICE, MODEL expect or models")
    if given.sunspec_base is not None and not given.model.startswith("sunspec-"):
        parser.error("--sunspec-base is for the SunSpec models")
    return given


def main():
    given = arguments()
    if given.model == "models":
        for model in MODELS.values():
            print(describe(model))
        return
    state = given.state or ("plain" if given.model in PLAIN else "odd")
    options = Options(given.unit, given.fc, given.sunspec_base, given.unsourced)
    if given.kind == "expect":
        print(json.dumps(expected(given.model, state, options)))
        return
    try:
        asyncio.run(serve(make_device(given.model, state, options), given.kind, given.where))
    except asyncio.CancelledError:
        pass


if __name__ == "__main__":
    main()
