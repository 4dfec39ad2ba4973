#!/usr/bin/env python3
"""A Modbus meter on pymodbus 3.16.1, with values from the vendors' register tables and not from our profiles.

    pymodbus_meter.py sdm630|iem3155 tcp PORT | rtu DEVICE

Prints `ready` once it listens. Each line on standard input is one command, answered by `ok`:
    energy MILLIWATTHOURS     sets the import register
    serial NUMBER             sets the serial number
    fault NAME COUNT          spoils the next COUNT replies: crc garbage drop duplicate truncate transaction busy
Ends when its standard input does.
"""
import asyncio
import struct
import sys

from pymodbus import FramerType
from pymodbus.constants import ExcCodes
from pymodbus.server import StartAsyncSerialServer, StartAsyncTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

# Volts, amperes, watts, hertz: any value a mains can have; the tests know them.
VOLTAGES = [230.1, 231.2, 229.9]
CURRENTS = [16.01, 15.98, 16.02]
POWERS = [3684.0, 3695.0, 3683.0]
FREQUENCY = 50.01

state = {"energy": 1_234_567_000, "export": 125_000, "serial": 22_551_083}
fault = {"name": "", "count": 0}


def f32(value):
    return list(struct.unpack(">HH", struct.pack(">f", value)))


def s64(value):
    return list(struct.unpack(">HHHH", struct.pack(">q", value)))


def u32(value):
    return list(struct.unpack(">HH", struct.pack(">I", value)))


def sdm630():
    """Eastron SDM630 protocol 1.8: input registers in binary32, the serial number in holding registers."""
    inputs = {}
    for phase in range(3):
        inputs[0x00 + 2 * phase] = f32(VOLTAGES[phase])
        inputs[0x06 + 2 * phase] = f32(CURRENTS[phase])
        inputs[0x0C + 2 * phase] = f32(POWERS[phase])
    inputs[0x34] = f32(sum(POWERS))
    inputs[0x46] = f32(FREQUENCY)
    inputs[0x48] = f32(state["energy"] / 1e6)
    inputs[0x4A] = f32(state["export"] / 1e6)
    inputs[0x156] = f32((state["energy"] + state["export"]) / 1e6)
    return {3: {0xFC00: u32(state["serial"])}, 4: inputs}


def iem3155():
    """Schneider iEM3155: holding registers; energies in Wh as s64, powers in kW."""
    holding = {0x0081: u32(state["serial"]), 0x0C25: f32(FREQUENCY), 0x0BF3: f32(sum(POWERS) / 1e3)}
    for phase in range(3):
        holding[0x0BB7 + 2 * phase] = f32(CURRENTS[phase])
        holding[0x0BD3 + 2 * phase] = f32(VOLTAGES[phase])
        holding[0x0BED + 2 * phase] = f32(POWERS[phase] / 1e3)
    holding[0x0C83] = s64(state["energy"] // 1000)
    holding[0x0C87] = s64(state["export"] // 1000)
    return {3: holding, 4: {}}


def words(table, address, count):
    """The registers of a request; None where one of them does not exist."""
    registers = {start + index: word for start, value in table.items() for index, word in enumerate(value)}
    wanted = range(address, address + count)
    return [registers[register] for register in wanted] if all(r in registers for r in wanted) else None


def make_device(model):
    # pymodbus checks addresses against these ranges; the action below gives them their values.
    everything = [SimData(0, values=[0] * 0xFFFF, datatype=DataType.REGISTERS)]
    bits = [SimData(0, values=[False] * 16, datatype=DataType.BITS)]

    async def action(function_code, start, address, count, current, set_values):
        if fault["name"] == "busy" and fault["count"] > 0:
            fault["count"] -= 1
            return ExcCodes.DEVICE_BUSY
        found = words(model()[function_code], address, count)
        if found is None:
            return ExcCodes.ILLEGAL_ADDRESS
        current[address - start : address - start + count] = found
        return None

    return SimDevice(1, simdata=(bits, bits, everything, everything), action=action)


def spoil(sending, data):
    name = fault["name"]
    if not sending or fault["count"] <= 0 or name in ("", "busy"):
        return data
    fault["count"] -= 1
    reply = bytearray(data)
    if name == "crc":
        reply[-1] ^= 0xFF
    elif name == "garbage":
        reply = bytearray(b"\x00\xff\x00") + reply
    elif name == "drop":
        return b""
    elif name == "duplicate":
        reply += reply
    elif name == "truncate":
        reply = reply[:-3]
    elif name == "transaction":
        reply[1] ^= 1
    return bytes(reply)


async def commands():
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        match line.decode().split():
            case ["energy", number]:
                state["energy"] = int(number)
            case ["serial", number]:
                state["serial"] = int(number)
            case ["fault", name, count]:
                fault.update(name=name, count=int(count))
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


async def main():
    model = {"sdm630": sdm630, "iem3155": iem3155}[sys.argv[1]]
    kind, where = sys.argv[2:4]
    device = make_device(model)

    if kind == "tcp":
        server = StartAsyncTcpServer(device, address=("127.0.0.1", int(where)), trace_packet=spoil)
    else:
        server = StartAsyncSerialServer(
            device, framer=FramerType.RTU, port=where, baudrate=9600, parity="N", stopbits=1, trace_packet=spoil
        )
    running = asyncio.create_task(server)
    await listening(kind, where)
    print("ready", flush=True)
    await commands()
    running.cancel()


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except asyncio.CancelledError:
        pass
