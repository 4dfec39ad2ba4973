"""Each device of the board, tried once without the firmware."""
import os

from emulated_board import EmulatedBoard
from failure import Failure
from session import say

CHECKS = [
    ("GPIO chip", "cat /config/gpio-sim/board/bank0/chip_name; ls /dev/gpiochip0", "/dev/gpiochip0"),
    ("GPIO line names", "cat /config/gpio-sim/board/bank0/line1/name", "COIL_GATE"),
    ("PWM", "cd /sys/class/pwm/pwmchip0 && echo 0 >export && echo 1000000 >pwm0/period && echo 266000 >pwm0/duty_cycle"
            " && echo 1 >pwm0/enable && head -n 1 /sys/devices/platform/pwm-sim.0/state; echo 0 >unexport; cd /",
     "0 1 1000000 266000 normal"),
    ("converter", "echo '3 2048' >/sys/devices/platform/adc-sim.0/set; cat /sys/bus/iio/devices/iio:device0/in_voltage3_raw", "2048"),
    ("temperature", "echo '1 41900' >/sys/devices/platform/adc-sim.0/set_temperature;"
                    " cat /sys/bus/iio/devices/iio:device0/in_temp1_input", "41900"),
    ("real-time clock", "hwclock -u -r", "20"),
    ("TPM 2.0", "cat /sys/class/tpm/tpm0/tpm_version_major; ls /dev/tpmrm0", "/dev/tpmrm0"),
    ("hardware watchdog", "cat /sys/class/watchdog/watchdog0/identity", "i6300ESB"),
    ("disk", "dd if=/dev/zero of=/data/probe bs=4096 count=16 oflag=direct conv=fsync 2>&1 && rm /data/probe && grep /data /proc/mounts", "ext4"),
    ("network", "ip address show eth0", "10.0.2.15"),
    ("pin log", "cat /run/agent.log; pidof pin-agent", ""),
    ("libraries of the firmware", "wattseald --help | head -n 1", "OVERVIEW"),
]


def check_devices(board: EmulatedBoard) -> int:
    """Tries every device, says each result, and answers the exit code."""
    say(board.boot())
    failed = 0
    for name, command, expected in CHECKS:
        try:
            found = board.run(command)
        except Failure as failure:
            found = str(failure)
        good = expected in found and not found.startswith("on the board")
        failed += not good
        print(f"{'ok  ' if good else 'FAIL'} {name}" + ("" if good else f": expected {expected!r}, found {found!r}"), flush=True)
    size = os.path.getsize(os.path.join(board.kernel, "initramfs.gz"))
    print(f"{len(CHECKS) - failed} passed, {failed} failed; initramfs {size / 1e6:.1f} MB")
    return 1 if failed else 0
