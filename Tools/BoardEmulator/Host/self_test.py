"""What the emulator's checks rest on, tried without an emulator: the disk that forgets, the witness, the late samples,
what lets a run pass (verdict_test.py), and the shape of answers (answers_test.py).

    python3 -B self_test.py
"""
import contextlib
import io
import os
import random
import socket
import struct
import tempfile
import unittest

from answers_test import AnswerTests  # noqa: F401
from kill_plan import ROUND, WHOLE, never_hit, victims, was_cut
from loop_evidence import LOST, PERIOD, faults_with_late_loop, periods_lost
from session import Outcome
from session_comparison import late_end_alone, late_samples_alone, lines, shapes, without_lateness
from verdict_test import CoilTests, EndTests, FaultTests, LatencyTests, OwnerTests, PowerCutTests, ResetTests  # noqa: F401
from volatile_disk import COMMIT_BLOCK, FLUSH, OPTION_MAGIC, READ, REPLY_MAGIC, REQUEST_MAGIC, SECTOR, VolatileDisk, WRITE
from witness import Witness, energy_sold

SIZE = 64 * SECTOR
SEEDS = range(40)


class Client:
    """As much of an NBD client as QEMU is."""

    def __init__(self, path: str):
        self.end = socket.socket(socket.AF_UNIX)
        self.end.settimeout(10)
        self.end.connect(path)
        assert self._take(18)[:8] == b"NBDMAGIC"
        self.end.sendall(struct.pack(">IQII", 3, OPTION_MAGIC, 7, 6) + bytes(6))
        kind = 0
        while kind != 1:
            _, _, kind, length = struct.unpack(">QIII", self._take(20))
            self._take(length)

    def _take(self, length: int) -> bytes:
        data = b""
        while len(data) < length:
            received = self.end.recv(length - len(data))
            if not received:
                raise ConnectionError
            data += received
        return data

    def ask(self, kind: int, offset: int = 0, data: bytes = b"", length: int = 0) -> bytes:
        self.end.sendall(struct.pack(">IHHQQI", REQUEST_MAGIC, 0, kind, 7, offset, len(data) or length) + data)
        magic, error, _ = struct.unpack(">IIQ", self._take(16))
        assert magic == REPLY_MAGIC
        if error:
            raise ValueError(error)
        return self._take(length)


class DiskTests(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.killed = 0

    def disk(self, lost_flushes: int = 0) -> tuple[VolatileDisk, Client]:
        image = os.path.join(self.folder.name, "image")
        with open(image, "wb") as file:
            file.write(bytes(SIZE))
        disk = VolatileDisk(image, os.path.join(self.folder.name, "socket"), lost_flushes)
        self.addCleanup(disk.close)
        disk.power_on(self.kill)
        client = Client(disk.path)
        self.addCleanup(client.end.close)
        return disk, client

    def kill(self):
        self.killed += 1

    def image(self, offset: int, length: int) -> bytes:
        with open(os.path.join(self.folder.name, "image"), "rb") as file:
            file.seek(offset)
            return file.read(length)

    def test_a_write_is_read_back_at_once_and_in_the_image_after_a_flush(self):
        _, client = self.disk()
        client.ask(WRITE, SECTOR, b"a" * SECTOR)
        client.ask(WRITE, SECTOR + 100, b"b" * 10)
        whole = b"a" * 100 + b"b" * 10 + b"a" * (SECTOR - 110)
        self.assertEqual(client.ask(READ, SECTOR, length=SECTOR), whole)
        self.assertEqual(self.image(SECTOR, SECTOR), bytes(SECTOR))
        client.ask(FLUSH)
        self.assertEqual(self.image(SECTOR, SECTOR), whole)

    def test_what_lies_behind_the_end_is_refused(self):
        _, client = self.disk()
        with self.assertRaises(ValueError):
            client.ask(WRITE, SIZE - SECTOR, b"a" * 2 * SECTOR)

    def test_a_flush_is_never_lost_and_the_rest_is_lost_kept_or_torn(self):
        seen = set()
        for seed in SEEDS:
            disk, client = self.disk()
            client.ask(WRITE, 0, b"a" * SECTOR)
            client.ask(FLUSH)
            client.ask(WRITE, 4 * SECTOR, b"b" * 4 * SECTOR)
            client.ask(WRITE, 8 * SECTOR, b"c" * SECTOR)
            disk.cut()
            disk.settle(random.Random(seed))
            self.assertEqual(self.image(0, SECTOR), b"a" * SECTOR, f"seed {seed}")
            for place in range(4, 9):
                sector = self.image(place * SECTOR, SECTOR)
                self.assertIn(sector, (bytes(SECTOR), (b"c" if place == 8 else b"b") * SECTOR), "a sector is whole")
            first = [self.image(place * SECTOR, 1) == b"b" for place in range(4, 8)]
            seen.add("torn" if any(first) and not all(first) else "kept" if all(first) else "lost")
            if not any(first):
                seen.add("out of order" if self.image(8 * SECTOR, 1) == b"c" else "both lost")
        self.assertEqual(seen, {"torn", "kept", "lost", "out of order", "both lost"})

    def test_a_torn_commit_block_is_told_and_no_other_torn_block(self):
        told = set()
        for data in (COMMIT_BLOCK.ljust(2 * SECTOR, b"c"), b"d" * SECTOR + COMMIT_BLOCK.ljust(SECTOR, b"c"), b"e" * 2 * SECTOR):
            for seed in SEEDS:
                disk, client = self.disk()
                client.ask(WRITE, 0, data)
                disk.cut()
                is_torn = "torn" in disk.settle(random.Random(seed))
                self.assertEqual(disk.tore_commit, is_torn and COMMIT_BLOCK in data, f"seed {seed}")
                told.add(disk.tore_commit)
        self.assertEqual(told, {True, False})

    def test_the_power_fails_instead_of_the_answer(self):
        disk, client = self.disk()
        disk.cut_after(2)
        client.ask(WRITE, 0, b"a" * SECTOR)
        with self.assertRaises(ConnectionError):
            client.ask(FLUSH)
        self.assertTrue(disk.off.wait(10))
        self.assertEqual((self.killed, self.image(0, SECTOR)), (1, bytes(SECTOR)), "the flush was not done")
        disk.cut()
        self.assertEqual(self.killed, 1)

    def test_a_disk_that_lies_loses_a_flush(self):
        for seed in SEEDS:
            disk, client = self.disk(lost_flushes=2)
            for place in range(4):
                client.ask(WRITE, place * SECTOR, b"a" * SECTOR)
                client.ask(FLUSH)
                self.assertEqual(client.ask(READ, place * SECTOR, length=SECTOR), b"a" * SECTOR)
            disk.cut()
            disk.settle(random.Random(seed))
            kept = [self.image(place * SECTOR, 1) == b"a" for place in range(4)]
            self.assertEqual(kept[:2], [True, True], f"seed {seed}")
            self.assertIn(False, kept[2:], f"seed {seed}")


def record(chain: int, sequence: int, kind: str = "event", **body) -> dict:
    return {"chain": chain, "sequence": sequence, "hash": f"{chain}-{sequence}".ljust(64, "0"), "kind": kind, "body": body}


def reading(sequence: int, kind: str, register: int, **body) -> dict:
    return record(1, sequence, kind, reading={"import_mwh": register}, **body)


class WitnessTests(unittest.TestCase):
    def test_what_was_told_and_is_there_is_fine(self):
        witness = Witness()
        records = [record(0, 1), record(1, 1)]
        witness.hear_status({"records": {"chains": [{"number": 0, "head": 1}, {"number": 1, "head": 1}]}})
        witness.hear_ledger(1, {"sequence": 1, "hash": records[1]["hash"]})
        self.assertEqual(witness.judge(records), [])
        self.assertEqual(witness.judge(records + [record(1, 2)]), [])

    def test_a_record_once_read_may_neither_vanish_nor_change(self):
        witness = Witness()
        witness.judge([record(1, 1), record(1, 2)])
        self.assertEqual(len(witness.judge([record(1, 1)])), 1)
        witness.judge([record(1, 1), record(1, 2)])
        self.assertEqual(len(witness.judge([record(1, 1), {**record(1, 2), "hash": "f" * 64}])), 1)

    def test_a_chain_may_not_be_shorter_than_a_status_said(self):
        witness = Witness()
        witness.hear_status({"records": {"chains": [{"number": 1, "head": 3}]}})
        self.assertEqual(len(witness.judge([record(1, 1), record(1, 2)])), 1)
        self.assertEqual(witness.judge([record(1, 1), record(1, 2), record(1, 3)]), [])

    def test_the_ledgers_head_has_to_be_there(self):
        witness = Witness()
        witness.hear_ledger(1, {"sequence": 2, "hash": "e" * 64})
        self.assertEqual(len(witness.judge([record(1, 1), record(1, 2)])), 1)

    def test_a_register_does_not_fall(self):
        rising = [reading(1, "begin", 5), reading(2, "tick", 5), reading(3, "end", 9, energy_mwh=4)]
        self.assertEqual(Witness().judge(rising), [])
        self.assertEqual(energy_sold(rising), 4)
        self.assertEqual(len(Witness().judge([*rising, reading(4, "begin", 8)])), 1)


def fault(event: str, number: int) -> dict:
    return {"chain": 1, "kind": "event", "body": {"event": event, "detail": {"code": number}}}


def turn(kind: str, reason: str | None = None) -> dict:
    return {"chain": 1, "kind": kind, "body": {"reason": reason} if reason else {}}


def tick(status: int) -> dict:
    return {"chain": 1, "kind": "tick", "body": {"status": status}}


class LatenessTests(unittest.TestCase):
    LATE_LOOP = [fault("faultLatched", 401), turn("pause", "lateness"), fault("faultCleared", 401), turn("resume")]
    LATE_SAMPLE = [fault("faultLatched", 104), turn("pause", "fault"), fault("faultCleared", 104), turn("resume")]

    def test_a_late_loop_is_taken_out(self):
        self.assertEqual(without_lateness([turn("begin"), *self.LATE_LOOP], []), ([turn("begin")], 3, 1, 0, False))

    def test_a_late_sample_is_taken_out_only_where_the_loop_was_late(self):
        self.assertEqual(without_lateness(self.LATE_SAMPLE, [True]), ([], 3, 1, 0, False))
        self.assertEqual(without_lateness(self.LATE_SAMPLE, [False]), (self.LATE_SAMPLE, 0, 0, 0, False))
        both = [*self.LATE_SAMPLE, *self.LATE_SAMPLE]
        self.assertEqual(without_lateness(both, [True, False]), (self.LATE_SAMPLE, 3, 1, 0, False))

    def test_without_a_whole_recording_no_sample_is_taken_out(self):
        self.assertEqual(without_lateness(self.LATE_SAMPLE, []), (self.LATE_SAMPLE, 0, 0, 0, False))

    def test_a_session_is_run_again_for_late_samples_alone(self):
        begin = {"chain": 1, "kind": "pause", "acknowledged": True, "body": {"reason": "car"}}
        samples = [{**record, "acknowledged": True} for record in self.LATE_SAMPLE]
        other = {**fault("faultLatched", 102), "acknowledged": True}
        expected = lines([begin], "holds")
        for records, again in (([begin, *samples], True), ([*samples, begin, *samples], True), ([begin, *samples, other], False),
                               ([begin, begin, *samples], False), ([begin, samples[0], *samples[2:]], False)):
            self.assertEqual(late_samples_alone(Outcome(records, "holds", {}, 1, []), expected), again, records)
        self.assertFalse(late_samples_alone(Outcome([begin, *samples], "does not hold", {}, 1, []), expected))

    def test_a_session_is_run_again_for_an_end_that_a_late_pause_stood_at_alone(self):
        def ended(reason: str) -> dict:
            return {"chain": 1, "kind": "end", "body": {"reason": reason, "energy_mwh": 3_000_000, "ticks": 3}, "acknowledged": True}

        def told(*records: dict) -> list[dict]:
            return [{**record, "acknowledged": True} for record in records]

        latched, pause, cleared, resume = told(*self.LATE_LOOP)
        car = told(turn("pause", "car"))[0]
        begin, other = told({"chain": 1, "kind": "ocmf", "body": {}}, fault("faultLatched", 102))
        expected = lines([begin, car, ended("car")], "ended         7 (by a clock): the car had enough\nnote          7 pause: by the car")
        words = "ended         9 (by a clock): unplugged"
        for records, again in (([begin, latched, pause, cleared, ended("unplugged")], True),
                               # The pause was over, or another one: the charger could see the car stop.
                               ([begin, latched, pause, cleared, resume, ended("unplugged")], False),
                               ([begin, ended("unplugged")], False), ([begin, told(turn("pause", "fault"))[0], ended("unplugged")], False),
                               ([begin, latched, pause, cleared, other, ended("unplugged")], False),
                               ([begin, latched, pause, cleared, ended("fault")], False)):
            self.assertEqual(late_end_alone(Outcome(records, words, {}, 1, []), expected), again, records)
        self.assertFalse(late_end_alone(Outcome([begin, latched, pause, cleared, ended("unplugged")], "does not hold", {}, 1, []), expected))

    def test_a_sessions_lines_are_those_without_its_late_loop(self):
        records = [{**record, "acknowledged": True} for record in [turn("resume"), *self.LATE_LOOP]]
        outcome = Outcome(records, "holds", {"timing": {"worst_lateness_us": 7}}, 1, [])
        with contextlib.redirect_stdout(io.StringIO()) as told:
            self.assertEqual(shapes(outcome, "emulated"), lines(records[:1], "holds"))
        self.assertIn("5 records, 3 of a late loop, 1 resumptions", told.getvalue())

    def test_a_pause_of_another_fault_stays(self):
        other = [fault("faultLatched", 102), turn("pause", "fault")]
        self.assertEqual(without_lateness([*self.LATE_SAMPLE, *other], [True, True]), (other, 3, 1, 0, False))

    def test_a_kilowatt_hour_beside_a_late_loop_has_the_contactor_closed(self):
        latched, pause, cleared, resume = self.LATE_LOOP
        for order in ([latched, tick(1), pause, cleared, resume], [tick(1), *self.LATE_LOOP], [latched, pause, tick(1), cleared, resume],
                      [latched, pause, cleared, tick(1), resume]):
            self.assertEqual(without_lateness(order, []), ([tick(3)], 3, 1, 1, False))

    def test_a_contactor_that_was_open_for_anything_else_stays_open(self):
        for order in ([*self.LATE_LOOP, tick(1)], [tick(1), turn("begin"), *self.LATE_LOOP], [tick(1), tick(3), *self.LATE_LOOP],
                      [tick(1)], [tick(1), turn("pause", "fault"), turn("resume"), *self.LATE_LOOP], [tick(1), self.LATE_LOOP[0]]):
            kept, _, _, closed, _ = without_lateness(order, [])
            self.assertIn(tick(1), kept)
            self.assertEqual(closed, 0)

    def test_periods_that_a_loop_lost(self):
        punctual = [number * PERIOD for number in range(40)]
        self.assertLess(periods_lost(punctual), LOST)
        self.assertGreaterEqual(periods_lost([*punctual, punctual[-1] + 40_000_000]), LOST, "one stall")
        self.assertGreaterEqual(periods_lost([number * 15_000_000 for number in range(40)]), LOST, "a slow processor")
        self.assertLess(periods_lost([*punctual, punctual[-1] + 15_000_000]), LOST)
        stall = punctual[-1] + 300_000_000
        after = [*punctual, *(stall + number * PERIOD for number in range(25))]
        self.assertLess(periods_lost(after), LOST, "a stall that is over")

    def recording(self, moments: list[int], latched: tuple[int, ...]) -> str:
        """Steps at these moments; those of these numbers latch a fault."""
        record = '{"records[0].kind":6,"records[0].first":23}'
        return "\n".join(f'{{"step":{number},"at_ns":{moment},"changes":{{}},"records":{record if number in latched else "{}"}}}'
                         for number, moment in enumerate(moments))

    def test_a_recording_says_it_for_each_fault(self):
        stalled = 30 * PERIOD + 90_000_000
        moments = [number * PERIOD for number in range(31)] + [stalled + number * PERIOD for number in range(5)]
        steps = self.recording(moments, (30, 35))
        self.assertEqual(faults_with_late_loop(steps), [False, True])
        self.assertEqual(faults_with_late_loop(steps.split("\n", 1)[1]), [], "a recording that begins later")

    def test_what_comes_after_the_first_late_sample_excuses_nothing(self):
        moments = [number * PERIOD for number in range(31)] + [30 * PERIOD + 90_000_000]
        self.assertEqual(faults_with_late_loop(self.recording(moments, (31,))), [False])

    def test_a_processor_that_was_slow_until_the_sample_was_late(self):
        # Measured, in microseconds before the fault: the sampling thread's two slow reads end 20 ms after the loop's last lost period.
        before = [189_690, 184_990, 179_690, 174_630, 169_510, 164_550, 154_170, 149_220, 144_190, 139_000, 134_160, 122_800, 117_710,
                  112_620, 102_550, 97_470, 90_410, 80_320, 74_530, 65_090, 60_010, 49_440, 39_990, 34_430, 29_950, 24_420, 19_770,
                  15_080, 9_660, 5_070, 0]
        moments = [200_000_000 - 1000 * moment for moment in before]
        self.assertEqual(faults_with_late_loop(self.recording(moments, (len(moments) - 1,))), [True])


class KillTests(unittest.TestCase):
    def test_every_kind_comes_in_every_round(self):
        for seed in SEEDS:
            order = victims(random.Random(seed))
            for _ in range(3):
                self.assertEqual(sorted(next(order) for _ in ROUND), sorted(ROUND), f"seed {seed}")
        self.assertEqual((ROUND.count("confirming"), len(ROUND)), (1, 24))

    def test_only_what_had_begun_and_was_not_answered_counts(self):
        cut = "error: begun, and it is not known whether it was done: the updater did not answer: closed"
        self.assertTrue(was_cut({"ok": False, "err": "E_UNFINISHED"}))
        self.assertTrue(was_cut(["fw verify", "to do this: confirm 4F2A, within 20 s", cut]))
        for answer in ({"ok": True}, {"ok": False, "err": "E_INTERLOCK"}, {"ok": False, "err": "E_UNAVAILABLE"}, {}, [], ["done"],
                       ["error: not now: step 1, format: expected a bundle that came in whole, found none"]):
            self.assertFalse(was_cut(answer), answer)

    def test_the_words_of_a_cut_are_the_shells(self):
        with open(os.path.join(os.path.dirname(__file__), "../../../Sources/ServiceShell/ServiceShellError.swift")) as file:
            words = file.read()
        self.assertIn('"E_UNFINISHED"', words)
        self.assertIn("begun, and it is not known whether it was done", words)

    def test_a_long_run_without_a_kind_says_nothing(self):
        seen = {kind: 10 for kind in ROUND}
        self.assertEqual(never_hit(seen), [])
        for kind in set(ROUND):
            self.assertEqual(never_hit({**seen, kind: 0}), [kind])
            self.assertEqual(never_hit({other: count for other, count in seen.items() if other != kind}), [kind])
        self.assertEqual(never_hit({"power": WHOLE - 1}), [])
        self.assertEqual(len(never_hit({"power": WHOLE})), len(set(ROUND)) - 1)


if __name__ == "__main__":
    unittest.main()
