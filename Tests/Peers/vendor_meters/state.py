"""What all the meters measure: one installation, with another number for every quantity and phase."""
import math
from dataclasses import dataclass
from fractions import Fraction


def by_phase(total):
    """Unequal parts of an energy, which add up to it."""
    first, second = total * 5 // 16, total * 7 // 16
    return first, second, total - first - second


@dataclass
class State:
    """mV, mA, mW, mHz, mWh."""

    voltages: tuple
    currents: tuple
    powers: tuple
    frequency: int
    import_energy: int
    export_energy: int
    serial: int
    # A serial number of letters and digits; otherwise one is made from `serial`.
    serial_text: str = ""

    @property
    def text(self):
        return self.serial_text or f"K{self.serial}"

    @property
    def power(self):
        return sum(self.powers)

    @property
    def line_voltages(self):
        """L1-L2, L2-L3, L3-L1 of phases 120 degrees apart."""
        first, second, third = self.voltages
        pairs = (first, second), (second, third), (third, first)
        return tuple(math.isqrt(a * a + b * b + a * b) for a, b in pairs)

    @property
    def apparent(self):
        """mVA by phase."""
        return tuple(max(u * i // 1_000, p) for u, i, p in zip(self.voltages, self.currents, self.powers))

    @property
    def reactive(self):
        """mvar by phase."""
        return tuple(math.isqrt(s * s - p * p) for s, p in zip(self.apparent, self.powers))

    @property
    def factors(self):
        return tuple(Fraction(p, s) for p, s in zip(self.powers, self.apparent))

    @property
    def factor(self):
        return Fraction(self.power, sum(self.apparent))


def make_state(name):
    """`odd`: below every meter's resolution there are digits left. `plain`: the round numbers that older tests know."""
    if name == "plain":
        return State(
            voltages=(230_100, 231_200, 229_900),
            currents=(16_010, 15_980, 16_020),
            powers=(3_684_000, 3_695_000, 3_683_000),
            frequency=50_010,
            import_energy=1_234_567_000,
            export_energy=125_000,
            serial=22_551_083,
        )
    return State(
        voltages=(230_174, 231_268, 229_853),
        currents=(13_247, 16_018, 9_736),
        powers=(3_037_458, 3_689_713, 2_229_186),
        frequency=49_963,
        import_energy=12_345_678_912,
        export_energy=987_654_321,
        serial=22_551_083,
    )
