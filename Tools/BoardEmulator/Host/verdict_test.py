"""What lets a run of faults, resets, power cuts or latencies pass, tried without an emulator; and that what the host's scripts
have of the firmware's numbers is what the firmware has. Part of self_test.py."""
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import types
import unittest
from unittest import mock

import faults
import latency
import main
import power_cut
import resets
from coil import FIRMWARE, GATE, LIMIT_MILLISECONDS, NEITHER, ending, was_on
from failure import DOES_NOT_HOLD, HOLDS, UNKNOWN, Failure
from latency_trace import CONTACTOR, EARLY, read_effort, read_trials
from loop_evidence import LATCHED, PERIOD, SPAN
from monitor import read_events, was_reset, was_watchdog
from processes import Bridge, Tools, end
from session import PILOT_STALE
from session_comparison import CONTACTOR_CLOSED, LOOP_CODES

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../..")


def event(milliseconds: float, name: str, value: str) -> dict:
    return {"at_ns": int(milliseconds * 1e6), "event": name, "value": value}


class CoilTests(unittest.TestCase):
    ON = event(10, "coil", "on")

    def test_the_gate_alone_is_the_gate(self):
        events = [self.ON, event(150, "gate", "off"), event(150, "coil", "off")]
        self.assertEqual(ending(events, 20_000_000), (130, GATE))

    def test_an_enable_that_fell_is_the_firmwares_whatever_else_did(self):
        for others in ([], [event(40, "gate", "off")], [event(35, "gate", "off")]):
            events = sorted([self.ON, event(38, "enable", "off"), *others, event(41, "coil", "off")], key=lambda one: one["at_ns"])
            self.assertEqual(ending(events, 20_000_000)[1], FIRMWARE)

    def test_what_comes_after_the_coil_or_before_the_fault_is_no_cause(self):
        events = [event(5, "enable", "off"), event(6, "gate", "off"), self.ON, event(30, "coil", "off"), event(31, "gate", "off")]
        self.assertEqual(ending(events, 20_000_000), (10, NEITHER))

    def test_a_coil_that_stays_on_has_no_ending(self):
        self.assertIsNone(ending([self.ON, event(150, "gate", "off")], 20_000_000))

    def test_whether_it_was_on(self):
        self.assertTrue(was_on([self.ON, event(30, "coil", "off")], 20_000_000))
        self.assertFalse(was_on([self.ON, event(15, "coil", "off")], 20_000_000))
        self.assertFalse(was_on([event(15, "gate", "on")], 20_000_000), "a plant that has forgotten")


class FaultTests(unittest.TestCase):
    def test_only_the_gate_within_the_limit_is_good(self):
        self.assertEqual(faults.judge(LIMIT_MILLISECONDS, GATE), "ok")
        self.assertEqual(faults.judge(LIMIT_MILLISECONDS + 1, GATE), "FAIL")
        self.assertEqual(faults.judge(None, "nothing"), "FAIL")
        self.assertEqual(faults.judge(10, NEITHER), "FAIL")

    def test_a_fault_that_the_firmware_forestalled_is_made_again_but_not_one_that_the_gate_missed(self):
        self.assertEqual(faults.judge(10, FIRMWARE), "again")
        self.assertEqual(faults.judge(LIMIT_MILLISECONDS + 1, FIRMWARE), "FAIL")

    def trial(self, *found):
        return mock.Mock(fail=mock.Mock(side_effect=found))

    def test_it_is_made_again_until_it_says_something(self):
        trial = self.trial((10, FIRMWARE), faults.SaysNothing(), (150, GATE))
        self.assertEqual(faults.fail_with_current(trial, "sigkill"), (150, GATE))
        self.assertEqual((trial.charge.call_count, trial.recover.call_count), (3, 2))

    def test_a_firmware_that_is_always_quicker_is_a_failed_run(self):
        with self.assertRaises(Failure):
            faults.fail_with_current(self.trial(*[(10, FIRMWARE)] * faults.ATTEMPTS), "sigkill")

    def test_exit_codes(self):
        self.assertEqual(faults.exit_code([150, 150], 0, False), HOLDS)
        self.assertEqual(faults.exit_code([150, None], 1, False), DOES_NOT_HOLD)
        self.assertEqual(faults.exit_code([None, None], 2, True), DOES_NOT_HOLD)
        self.assertEqual(faults.exit_code([None, 150], 1, True), UNKNOWN, "one of two is no proof")
        self.assertEqual(faults.exit_code([150, 150], 0, True), UNKNOWN)
        self.assertEqual(faults.exit_code([], 0, True), UNKNOWN)

    def bridge(self, status: int | None) -> Bridge:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        bridge = Bridge(Tools("", "", folder.name), None)
        open(bridge.tools.path("pins.txt"), "w").close()
        bridge.process = mock.Mock(poll=lambda: status)
        return bridge

    def test_the_bridges_own_end_is_not_taken_for_the_gate(self):
        self.bridge(None).expect_whole(board_lives=True)
        self.bridge(0).expect_whole(board_lives=False)
        for status, lives in ((0, True), (1, True), (1, False), (-11, False)):
            with self.assertRaises(Failure, msg=f"{status}"):
                self.bridge(status).expect_whole(lives)


class ResetTests(unittest.TestCase):
    RESET = b'{"event": "SHUTDOWN", "data": {"guest": true, "reason": "guest-reset"}}\r\n'
    WATCHDOG = b'{"event": "WATCHDOG", "data": {"action": "reset"}}\r\n'

    def test_what_qemu_says(self):
        greeting = b'{"QMP": {}}\r\n{"return": {}}\r\n'
        self.assertFalse(was_reset(read_events(greeting)), "a crash says nothing")
        self.assertFalse(was_reset(read_events(greeting + self.RESET[:40])))
        self.assertFalse(was_reset(read_events(self.RESET.replace(b"guest-reset", b"host-signal"))))
        self.assertTrue(was_reset(read_events(greeting + self.RESET)))
        self.assertFalse(was_watchdog(read_events(greeting + self.RESET)))
        self.assertTrue(was_watchdog(read_events(greeting + self.WATCHDOG + self.RESET)))

    def reset(self, cause: str, by_watchdog: bool):
        board = mock.Mock(reset_by_watchdog=by_watchdog, resets=1)
        trial = mock.Mock(board=board, spec=["board", "power_up", "seen_open", "session", "await_current"])
        trial.seen_open.return_value = True
        return resets.ResetTrial.reset(trial, cause)

    def test_only_the_watchdogs_reset_is_the_watchdogs(self):
        for cause, by_watchdog in (("watchdog", True), ("kernel", False), ("panic", False)):
            self.assertIn("charges again", self.reset(cause, by_watchdog))
            with self.assertRaises(Failure):
                self.reset(cause, not by_watchdog)


class PowerCutTests(unittest.TestCase):
    def test_a_run_that_tried_nothing_is_none(self):
        enough = power_cut.ENOUGH
        self.assertEqual(power_cut.untested(enough, 1, 1), [])
        self.assertEqual(len(power_cut.untested(enough, 0, 1)), 1)
        self.assertEqual(len(power_cut.untested(enough, 1, 0)), 1)
        self.assertEqual(power_cut.untested(enough - 1, 0, 0), [])

    def test_exit_codes(self):
        for lie, lost, wrong, missing, expected in (
                (False, False, False, False, HOLDS), (False, True, False, False, DOES_NOT_HOLD),
                (False, False, True, False, DOES_NOT_HOLD), (False, False, False, True, UNKNOWN),
                (True, True, True, False, DOES_NOT_HOLD), (True, False, True, False, UNKNOWN), (True, False, False, False, HOLDS)):
            self.assertEqual(power_cut.exit_code(lie, lost, wrong, missing), expected, f"{lie} {lost} {wrong} {missing}")

    def test_a_journal_that_cannot_be_replayed(self):
        self.assertIsNone(power_cut.replay_fault("e2fsck 1.47.0 (5-Feb-2023)\ndisk.img: recovering journal\n"))
        found = power_cut.replay_fault("disk.img: recovering journal\nJournal transaction 251 was corrupt, replay was aborted.\n")
        self.assertEqual(found, "Journal transaction 251 was corrupt, replay was aborted.")

    def test_a_journal_that_misses_a_durable_frame(self):
        self.assertTrue(power_cut.is_loss("Error: /data/j: journal segment 1, slot 18: a frame that was durable cannot be read"))
        self.assertFalse(power_cut.is_loss("Error: /data/j: no such file"))

    def expect_no_current(self, *events: dict) -> mock.Mock:
        cuts = mock.Mock(with_coil=0, wrong=[])
        cuts.plant.status.return_value = {"coil": False}
        cuts.plant.events.return_value = list(events)
        power_cut.PowerCuts._expect_no_current(cuts, 20_000_000)
        return cuts

    def test_the_coil_after_a_cut(self):
        on = event(10, "coil", "on")
        found = self.expect_no_current(on, event(150, "gate", "off"), event(150, "coil", "off"))
        self.assertEqual((found.with_coil, found.wrong), (1, []))
        self.assertEqual(len(self.expect_no_current(on, event(20 + LIMIT_MILLISECONDS + 1, "coil", "off")).wrong), 1)
        self.assertEqual(len(self.expect_no_current(on).wrong), 1, "a coil of which nothing was told")
        off = self.expect_no_current(on, event(15, "coil", "off"))
        self.assertEqual((off.with_coil, off.wrong), (0, []), "an open contactor shows nothing, and is not counted")


def line(microseconds: int, what: str) -> str:
    return f"  task-1  [000] .....  {microseconds // 1_000_000}.{microseconds % 1_000_000:06}: {what}"


def mark(microseconds: int, what: str) -> str:
    return line(microseconds, f"tracing_mark_write: {what}")


class LatencyTests(unittest.TestCase):
    BASE = 492

    def pin(self, microseconds: int, value: int, offset: int = CONTACTOR) -> str:
        return line(microseconds, f"gpio_value: {self.BASE + offset} set {value}")

    def read(self, *rows: str):
        return read_trials("\n".join(rows), self.BASE)

    def test_from_the_first_level_to_the_first_low(self):
        trial, = self.read(mark(999_000, "trial 1 B"), self.pin(999_500, 1), self.pin(999_900, 1, 1), mark(1_000_000, "level 0 3276"),
                           mark(1_001_000, "level 0 3000"), self.pin(1_030_000, 0), self.pin(1_090_000, 0))
        self.assertEqual((trial.microseconds, trial.wrong, trial.phase), (30_000, "", 100))

    def test_what_says_nothing_has_no_time(self):
        kept, early, stayed, other = self.read(
            mark(1_000_000, "trial 1 B"), self.pin(1_000_500, 1),
            mark(2_000_000, "trial 2 A"), self.pin(2_000_500, 0), mark(2_001_000, "level 0 1"), self.pin(2_002_000, 0),
            mark(3_000_000, "trial 3 B"), mark(3_001_000, "level 0 1"), self.pin(3_002_000, 1),
            mark(4_000_000, "trial 4 B"), mark(4_001_000, "level 0 1"), self.pin(4_002_000, 0, 5))
        self.assertEqual([trial.microseconds for trial in (kept, stayed, other)], [None] * 3)
        self.assertEqual(early.wrong, EARLY)
        self.assertTrue(all(trial.wrong for trial in (kept, early, stayed, other)))

    def test_unknown_rows_are_refused(self):
        for rows in (["CPU:0 [LOST 12 EVENTS]"], [mark(1, "level 0 1")]):
            with self.assertRaises(ValueError):
                self.read(*rows)

    def result(self, **changed) -> dict:
        trial = {"number": 1, "kind": "B", "microseconds": 30_000, "wrong": "", "phase": 100}
        trials = [{**trial, "number": number} for number in (1, 2, 3, 4)]
        return {"trials": trials, "limit_ms": 40, "asked": 4, "load": "loaded", "busy_share": 0.99, "load_files": 7, **changed}

    def with_trial(self, **changed) -> dict:
        result = self.result()
        result["trials"][1].update(changed)
        return result

    def test_what_is_late_and_what_says_nothing_are_two_things(self):
        self.assertEqual(latency.mistakes(self.result()), [])
        for wrong in (self.with_trial(microseconds=None, wrong="stayed high"), self.with_trial(number=3), self.result(asked=5),
                      self.result(trials=[]), self.result(busy_share=0.9), self.result(load_files=1)):
            self.assertNotEqual(latency.mistakes(wrong), [], wrong)
            self.assertEqual(latency.late(wrong), [], wrong)
        self.assertEqual(latency.mistakes(self.result(load="idle", busy_share=0.5, load_files=0)), [])
        late = self.with_trial(microseconds=40_001)
        self.assertEqual((latency.late(late), latency.mistakes(late)), (["trial 2 (B): 40.0 ms"], []))
        self.assertEqual(latency.late(self.with_trial(microseconds=40_000)), [])

    def measure(self, result: dict) -> tuple[int, dict]:
        """The exit code for a run that came to this, and the report that it leaves."""
        with tempfile.TemporaryDirectory() as home, mock.patch.object(latency, "LatencyRun") as run, \
                mock.patch.object(latency, "report", return_value=[]), mock.patch("builtins.print"):
            run.return_value.measure.return_value = result
            code = latency.measure_latency(types.SimpleNamespace(home=home), None)
            with open(os.path.join(home, "latency.json")) as file:
                return code, json.load(file)

    def test_both_fail_the_run(self):
        for result, expected, lengths in (
                (self.result(), HOLDS, (0, 0)), (self.with_trial(microseconds=40_001), DOES_NOT_HOLD, (1, 0)),
                (self.result(load_files=1), DOES_NOT_HOLD, (0, 1))):
            code, left = self.measure(result)
            self.assertEqual((code, (len(left["late"]), len(left["mistakes"]))), (expected, lengths))

    def test_the_effort_is_what_happened_within_the_trials(self):
        def row(when, seconds, running, files, writes):
            return f"{when} {seconds} {running} {files} 254 0 vda 1 2 3 4 {writes} 6 7"

        effort = read_effort("\n".join([row("before", 10, 5_000_000_000, 1, 100), row("after", 11, 5_900_000_000, 3, 107),
                                        row("before", 20, 9_000_000_000, 9, 200), row("after", 21, 9_700_000_000, 10, 202)]))
        self.assertAlmostEqual(effort.busy, 0.8)
        self.assertEqual((effort.files, effort.writes), (3, 9))
        with self.assertRaises(ValueError):
            read_effort(row("before", 10, 5, 1, 100) + "\n" + row("before", 10, 5, 1, 100))


class EndTests(unittest.TestCase):
    def run_command(self, command) -> tuple[int, bool]:
        """The exit code, and whether its temporary home is still there."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        home = os.path.join(folder.name, "home")
        words = types.SimpleNamespace(kernel="", home=home, command="check", temporary=True)
        kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)}
        try:
            with mock.patch.dict(main.COMMANDS, check=command), mock.patch("sys.stderr"):
                return main.run(words), os.path.exists(home)
        finally:
            for number, handler in kept.items():
                signal.signal(number, handler)

    def test_only_an_answer_ends_with_0_or_1(self):
        self.assertEqual(self.run_command(lambda words, board: HOLDS), (HOLDS, False))
        self.assertEqual(self.run_command(lambda words, board: DOES_NOT_HOLD), (DOES_NOT_HOLD, True))
        for failure in (Failure("expected"), ValueError("a mistake")):
            self.assertEqual(self.run_command(mock.Mock(side_effect=failure)), (UNKNOWN, True))

    def test_a_hang_up_ends_it_like_a_termination(self):
        # Blocked, as a parent may leave them.
        kept = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP, signal.SIGTERM})
        self.addCleanup(signal.pthread_sigmask, signal.SIG_SETMASK, kept)
        for number in (signal.SIGHUP, signal.SIGTERM):
            with self.assertRaises(SystemExit) as ended:
                self.run_command(lambda words, board: signal.raise_signal(number))
            self.assertEqual(ended.exception.code, 128 + number)

    def test_children_end_with_a_run_that_fails_and_deaf_ones_are_killed(self):
        program = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
        child = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
        self.addCleanup(child.kill)
        child.stdout.readline()
        with self.assertRaises(Failure), tempfile.TemporaryDirectory() as folder, Tools("", "", folder) as tools:
            other = tools.start("other", ["sleep", "600"])
            raise Failure("expected")
        # Killed where this machine is too busy to let it hear the first one.
        self.assertIn(other.returncode, (-signal.SIGTERM, -signal.SIGKILL))
        end(child, seconds=0.1)
        child.stdout.close()
        self.assertEqual(child.wait(), -signal.SIGKILL)


class OwnerTests(unittest.TestCase):
    """Numbers that the firmware owns."""

    def numbers(self, path: str, pattern: str) -> list[int]:
        with open(os.path.join(ROOT, path)) as file:
            return [int(number) for number in re.findall(pattern, file.read())]

    def test_fault_codes(self):
        codes = [self.numbers("Sources/ChargeControl/Faults/FaultTable.swift", rf"case {name} = (\d+)")
                 for name in ("pilotStale", "loopStalled", "loopLate")]
        self.assertEqual(codes, [[PILOT_STALE], [LOOP_CODES[0]], [LOOP_CODES[1]]])

    def test_the_bit_of_a_closed_contactor(self):
        self.assertEqual(self.numbers("Sources/SignedRecords/Bodies/Tick.swift", r"contactorClosed = TickStatus\(rawValue: (\d+)\)"),
                         [CONTACTOR_CLOSED])

    def test_how_long_the_samples_of_a_level_agree(self):
        self.assertEqual(self.numbers("Sources/ChargeControl/Pilot/PilotObserver.swift", r"span: Nanoseconds .*\.milliseconds\((\d+)\)"),
                         [SPAN // 1_000_000])

    def test_the_recordings_kind_and_the_loops_period(self):
        self.assertEqual(self.numbers("Sources/FlightRecorder/Fields/FieldCoder+Intent.swift",
                                      r"case \.faultLatched\(let fault\):\s+own\.kind = (\d+)"), [LATCHED])
        self.assertEqual(self.numbers("Sources/Firmware/Control/ControlThread.swift", r"period = Nanoseconds\.milliseconds\((\d+)\)"),
                         [PERIOD // 1_000_000])

    def test_the_supervisor_keeps_the_units_times(self):
        for name, setting in (("SILENCE", "WatchdogSec"), ("PAUSE", "RestartSec"), ("START", "TimeoutStartSec")):
            unit = self.numbers("Board/systemd/wattseald.service", rf"(?m)^{setting}=(\d+)$")
            self.assertEqual(len(unit), 1)
            self.assertEqual(self.numbers("Tools/BoardEmulator/Guest/supervisor.c", rf"#define {name} (\d+)\n"), unit)

    def test_the_contactors_line(self):
        self.assertEqual(self.numbers("Tools/BoardEmulator/Guest/lines.txt", r"(?m)^(\d+) CONTACTOR -$"), [CONTACTOR])
