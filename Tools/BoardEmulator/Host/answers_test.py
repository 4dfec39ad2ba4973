"""What is taken for an answer of the service shell's whose values are others at each look. Part of self_test.py."""
import copy
import unittest

from answers import SHAPES, faults, label, misfits

BENCH = {"file": "/data/device/bench-io", "flushes": 3, "bytes_each": 4096, "p50_us": 90, "p99_us": 120, "worst_us": 120,
         "histogram": [{"below_us": 128, "flushes": 3}]}
BENCH_LINES = ["file                /data/device/bench-io", "flushes             3", "bytes each          4096", "p50 us              90",
               "p99 us              120", "worst us            120", "histogram:", "  - below us        128", "    flushes         3"]
POWER = {"connectors": [{"connector": 1, "supply_low": False, "coil_gate_held": None, "emergency_stop": False, "enclosure_open": False,
                         "mains_mv": [], "frequency_mhz": 49987, "sample_age_ms": 5}]}
POWER_LINES = ["connectors:", "  - connector       1", "    supply low      no", "    coil gate held  unknown", "    emergency stop  no",
               "    enclosure open  no", "    mains           unknown", "    frequency       49.987 Hz", "    sample age      0.005 s"]
SELFTEST = {"bad": None, "not_known": "clock", "parts": [
    {"part": "key", "verdict": "ok", "values": {"protection": "software", "sign_and_verify_us": None}, "limit": None, "why": None},
    {"part": "clock", "verdict": "not known", "values": {}, "limit": None, "why": "no time source holds it"}]}
SELFTEST_LINES = ["bad                 none", "not known           clock", "parts:", "  key                 ok         protection software",
                  "  clock               not known", "                                 why: no time source holds it"]


class AnswerTests(unittest.TestCase):
    def test_what_is_whole_passes(self):
        for name, data, lines in (("bench io", BENCH, BENCH_LINES), ("power", POWER, POWER_LINES), ("selftest", SELFTEST, SELFTEST_LINES)):
            self.assertEqual(faults(name, data, lines), [])

    def test_each_change_is_found(self):
        def without(data, *path):
            data = copy.deepcopy(data)
            place = data
            for step in path[:-1]:
                place = place[step]
            del place[path[-1]]
            return data

        cases = [
            ("bench io", without(BENCH, "p50_us"), BENCH_LINES), ("bench io", BENCH | {"p50_us": "90"}, BENCH_LINES),
            ("bench io", BENCH | {"p50_us": None}, BENCH_LINES), ("bench io", BENCH | {"more": 1}, BENCH_LINES),
            ("bench io", BENCH | {"histogram": []}, BENCH_LINES), ("bench io", BENCH | {"flushes": True}, BENCH_LINES),
            ("bench io", BENCH, BENCH_LINES[1:]), ("power", without(POWER, "connectors", 0, "supply_low"), POWER_LINES),
            ("power", POWER, [line.replace(" Hz", "") for line in POWER_LINES]),
            ("power", POWER, [line for line in POWER_LINES if "sample age" not in line]),
            ("selftest", SELFTEST, [line for line in SELFTEST_LINES if "  key" not in line]),
            ("selftest", {"bad": None, "not_known": None, "parts": [SELFTEST["parts"][0] | {"verdict": "good"}]}, SELFTEST_LINES),
        ]
        for name, data, lines in cases:
            self.assertTrue(faults(name, data, lines), f"{name}: {data} {lines}")

    def test_what_is_known_to_be_none_has_its_unit(self):
        record = {"record": "0/1", "kind": "genesis", "detail": "", "time_ms": 1, "energy_mwh": None, "added_mwh": None, "signature": "good",
                  "acknowledged": True}
        self.assertEqual(misfits(SHAPES["journal tail"], {"records": [record]}), [])
        self.assertTrue(misfits(SHAPES["journal tail"], {"records": [{key: value for key, value in record.items() if key != "added_mwh"} | {"added": None}]}))

    def test_units(self):
        self.assertEqual(label("energy_mwh"), ("energy", "kWh"))
        self.assertEqual(label("worst_us"), ("worst us", ""))
        self.assertEqual(label("sample_age_ms"), ("sample age", ("s", "Z")))


if __name__ == "__main__":
    unittest.main()
