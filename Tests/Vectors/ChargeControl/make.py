#!/usr/bin/env python3
"""Writes the vectors beside it from the tables of IEC 61851-1 and IEC 62196, in exact fractions, without the control core.

A line is words between spaces; `#` begins a comment. Currents in mA, voltages in mV, times in ns of a period of 1 ms, ohms.

    encode I pwm T | encode I off | encode I refused      the high time that codes a current
    decode T may I | decode T nothing | decode T digital | decode T error      what a car reads (I in whole mA, rounded down)
    first V LEVEL                                          a level, judged without a past
    after V0 V LEVEL                                       the same after a voltage V0
    plug R none | plug R unknown | plug R short | plug R carries I
"""

from fractions import Fraction
from math import floor
from pathlib import Path

HERE = Path(__file__).parent


def encode_lines():
    """Annex A, duty cycle by the charger: I / 0.6 A per cent up to 51 A, I / 2.5 A + 64 per cent above, from 6 to 80 A.

    Rounded down to the nanosecond, so that no car reads more. A generator may be 5 us off, so that codes in (84.5, 85.5) per
    cent could cross from one branch into the other: between 50.7 and 53.75 A there is none.
    """
    yield "# Below 6 A there is no code: no PWM."
    for current in (0, 1, 1000, 5000, 5900, 5999):
        yield f"encode {current} off"
    yield "# 6 to 50.7 A: duty in per cent is the current over 0.6 A."
    low = set(range(6000, 50700, 500)) | {6001, 6002, 10000, 13000, 16000, 20000, 25001, 32000, 50699, 50700}
    for current in sorted(low):
        yield f"encode {current} pwm {floor(Fraction(current * 1000, 60))}"
    yield "# Between the branches, below zero and above 80 A: refused, never clamped."
    for current in (-80000, -6000, -1, 50701, 51000, 51001, 52000, 52499, 52500, 53749, 80001, 100000, 2147483647):
        yield f"encode {current} refused"
    yield "# 53.75 to 80 A: the current over 2.5 A, plus 64 per cent."
    high = set(range(54000, 80001, 500)) | {53750, 53751, 63000, 70000, 79999}
    for current in sorted(high):
        yield f"encode {current} pwm {floor(Fraction(current * 10, 2500) * 1000 + 640000)}"


def meaning(time):
    duty = Fraction(time, 10000)
    if duty < 3:
        return "nothing"
    if duty <= 7:
        return "digital"
    if duty < 8:
        return "error"
    if duty < 10:
        return "may 6000"
    if duty <= 85:
        return f"may {floor(duty * 600)}"
    if duty <= 96:
        return f"may {floor((duty - 64) * 2500)}"
    if duty <= 97:
        return "may 80000"
    return "nothing"


def decode_lines():
    """Annex A, duty cycle as the car reads it."""
    times = set(range(0, 1000001, 2500))
    for edge in (30000, 70000, 80000, 100000, 850000, 960000, 970000):
        times |= {edge - 1, edge, edge + 1}
    for time in sorted(times):
        yield f"decode {time} {meaning(time)}"


# Annex A: the windows in which a charger must read a level. What lies between two of them may be read as either.
WINDOWS = (
    ("A", 11000, 13000), ("B", 8000, 10000), ("C", 5000, 7000), ("D", 2000, 4000), ("E", -950, 1000), ("F", -13000, -11000),
)
# -10 to -1 V is no level at all; beyond the generator's reach neither.
NO_LEVEL = ((-9950, -1350), (-20000, -14000), (14000, 20000))


def level_lines():
    for name, low, high in WINDOWS:
        yield f"# {name}"
        for voltage in range(low, high + 1, 50):
            yield f"first {voltage} {name}"
    yield "# no level"
    for low, high in NO_LEVEL:
        for voltage in range(low, high + 1, 250):
            yield f"first {voltage} invalid"
    yield "# A window is its level whatever was there before; the whole of what a sound car and cable show lies in it."
    nominal = (12000, 9000, 6000, 3000, 0, -12000, -5000, 16000)
    bands = (("A", 11400, 12600), ("B", 8370, 9590), ("C", 5470, 6530), ("D", 2590, 3280), ("F", -12600, -11400))
    for before in nominal:
        for name, low, high in bands:
            for voltage in (low, (low + high) // 2, high):
                yield f"after {before} {voltage} {name}"
    yield "# 0.3 V of hysteresis inside the gaps: at 10.5 V a level stays what it was, at 10.2 and 10.8 V it is the next."
    for upper, lower, edge in (("A", "B", 10500), ("B", "C", 7500), ("C", "D", 4500), ("D", "E", 1500)):
        yield f"after {edge + 1500} {edge - 299} {upper}"
        yield f"after {edge + 1500} {edge - 300} {lower}"
        yield f"after {edge - 1500} {edge + 299} {lower}"
        yield f"after {edge - 1500} {edge + 300} {upper}"


def plug_lines():
    """IEC 61851-1 Annex B: the resistor in the plug, 3 per cent off at most, and the windows in which it must be read."""
    for nominal, low, high, current in (
        (1500, 1100, 2460, 13000), (680, 400, 936, 20000), (220, 164, 308, 32000), (100, 80, 140, 63000),
    ):
        yield f"# {nominal} ohms: {current // 1000} A"
        for resistance in sorted({low, nominal * 97 // 100, nominal, nominal * 103 // 100, high}):
            yield f"plug {resistance} carries {current}"
    yield "# Between two windows the lower current holds."
    for resistance, current in ((141, 32000), (163, 32000), (309, 20000), (399, 20000), (937, 13000), (1099, 13000)):
        yield f"plug {resistance} carries {current}"
    yield "# No plug, a short, and what no cable has: no current."
    for resistance in (4501, 10000, 2147483647):
        yield f"plug {resistance} none"
    for resistance in (2461, 3000, 4500, 79):
        yield f"plug {resistance} unknown"
    for resistance in (0, 1, 60, 74):
        yield f"plug {resistance} short"


for name, lines in (
    ("duty.txt", encode_lines), ("car.txt", decode_lines), ("levels.txt", level_lines), ("plugs.txt", plug_lines),
):
    text = "# Made by make.py; change that.\n" + "\n".join(lines()) + "\n"
    (HERE / name).write_text(text, encoding="ascii")
