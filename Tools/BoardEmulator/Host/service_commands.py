"""Every command of the service shell, as a person types it and as a program sends it, and what a board refuses."""
from typing import NamedTuple

import answers

NONCE = "00112233445566778899aabbccddeeff"


class Row(NamedTuple):
    """A command: its name, its values as a person types them and as a program sends them."""
    name: str
    typed: str = ""
    arguments: dict = {}

    @property
    def line(self) -> str:
        return f"{self.name} {self.typed}".strip()

    @property
    def machine(self) -> str:
        return self.name.replace(" ", ".")


# Commands that only look. Every command of the board's own help has to be here or below.
READING = [
    Row("help"), Row("help", "limit set", {"command": "limit set"}), Row("ident"), Row("whoami"), Row("status"), Row("pilot"), Row("pp"),
    Row("meter"), Row("rcd"), Row("contactor"), Row("pe"), Row("temps"), Row("lock"), Row("power"), Row("faults"), Row("session"),
    Row("limit"), Row("time"), Row("journal"), Row("ledger"), Row("key"), Row("bus"), Row("log", "5", {"lines": 5}), Row("selftest"),
    Row("bus scan", "1 1 3", {"line": 1, "first": 1, "last": 3}),
    Row("gpio"), Row("meter raw", "0 2 input 1", {"register": 0, "count": 2, "table": "input", "connector": 1}), Row("net"),
    Row("journal verify", "0", {"chain": 0}), Row("journal tail", "3", {"records": 3}),
    Row("journal export", "0 1 2", {"chain": 0, "from": 1, "through": 2}), Row("key prove", NONCE, {"nonce": NONCE}),
    Row("bundle"), Row("bundle read", "0", {"offset": 0}),
    Row("bench io", "3", {"flushes": 3}), Row("config"), Row("config diff"), Row("calib show"),
]
# Their lines are what happened on this board, or move with each look: no transcript is the next one's, but its shape is.
MOVING = set(answers.SHAPES)
# Changes that the idle board makes.
CHANGES = [
    Row("limit set", "13.5 1", {"current_ma": 13500, "connector": 1}), Row("limit free", "1", {"connector": 1}),
    Row("stop", "1", {"connector": 1}), Row("start", "1", {"connector": 1}), Row("rcd test", "1", {"connector": 1}), Row("key rotate"),
]
# Settings that stay, in an order in which each is possible: staged, on trial, confirmed, taken back, for good, as before.
LIMIT, SERVICE = "config set limit", "config set service"
SETTINGS = [
    Row(LIMIT, "16 1", {"current_ma": 16000, "connector": 1}), Row("config commit confirmed", "60", {"time": 60}), Row("config confirm"),
    Row(LIMIT, "13 1", {"current_ma": 13000, "connector": 1}), Row("config commit confirmed", "60", {"time": 60}), Row("config rollback"),
    Row(SERVICE, "out 1", {"state": "out", "connector": 1}), Row("config commit"), Row(SERVICE, "in 1", {"state": "in", "connector": 1}),
    Row("config unset limit", "1", {"connector": 1}), Row("config commit"),
]
# What stands around the tests of service mode, and those tests; how long a part took is no transcript of the next visit.
SERVICE_ENTRY = Row("service enter", "1", {"connector": 1})
SERVICE_TESTS = [
    Row("contactor test", "300 1", {"ms": 300, "connector": 1}),
    Row("led test", "all 2 1", {"pattern": "all", "seconds": 2, "connector": 1}),
]
# A calibration by what the plant's pilot is, and the profile's numbers again behind it: neither is in force before a restart.
CALIBRATION = Row("calib run", "pilot-high 12000 1", {"channel": "pilot-high", "millivolts": 12_000, "connector": 1})
CALIBRATION_RESET = Row("calib reset", "pilot-high 1", {"channel": "pilot-high", "connector": 1})
SERVICE_REFUSALS = [(Row("lock test", "1", {"connector": 1}), "no such part")]
SERVICE_EXIT = Row("service leave", "1", {"connector": 1})
MANIFEST = "ab" * 32
# Of another device than this one: what it does to its own is for a board that is not used any more.
KEY_DESTRUCTION = Row("key destroy", "00000000", {"device": "00000000"})
# What the board refuses as it is, and a word of the reason. It runs from no slot: `flash` is about that.
IDLE_REFUSALS = [
    (Row("config commit"), "nothing is staged"), (Row("config confirm"), "nothing is on trial"),
    (Row("fw recv", MANIFEST, {"manifest": MANIFEST}), "no updater"), (Row("fw verify"), "no updater"), (Row("fw activate"), "no updater"),
    (Row("fw activate override"), "no updater"), (Row("fw confirm"), "no updater"), (Row("fw rollback"), "no updater"),
    (Row("faults clear", "301 1", {"code": 301, "connector": 1}), "not now"), (Row("stop", "7", {"connector": 7}), "not now"),
    (Row("time set", "2020-01-01T00:00:00Z", {"utc_ms": 1_577_836_800_000}), "not before the proven one"),
    (Row("reboot", "to see", {"reason": "to see"}), "supervisor"),
    (SERVICE_EXIT, "service mode"), (SERVICE_TESTS[0], "service mode"), (CALIBRATION, "service mode"),
    (CALIBRATION_RESET, "no calibration"), (KEY_DESTRUCTION, "beginning of this device's id"),
]
# What it refuses while a car charges.
CHARGING_REFUSALS = [
    (Row("key rotate"), "session"), (KEY_DESTRUCTION, "session"), (Row("rcd test", "1", {"connector": 1}), "session"),
    (Row("time set", "2026-12-01T00:00:00Z", {"utc_ms": 1_796_083_200_000}), "session"), (SERVICE_ENTRY, "session"),
]
# What has a conversation of its own below.
OTHERS = {"login", "login code", "logout", "confirm", "term", "watch", "subscribe", "unsubscribe", "baud", "fw status", "fw put", "fw recv zmodem"}
KNOWN = (OTHERS | {row.name for row in READING + CHANGES + SETTINGS + SERVICE_TESTS + [SERVICE_ENTRY, SERVICE_EXIT]}
         | {row.name for row, _ in IDLE_REFUSALS + SERVICE_REFUSALS})
