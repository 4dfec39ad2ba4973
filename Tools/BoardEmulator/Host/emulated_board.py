"""The board: QEMU's own processor emulation, Debian's kernel, and the chips of one charger."""
import os
import shutil
import subprocess
import time

from console import PATIENCE, Console
from failure import Failure
from monitor import Monitor, was_reset, was_watchdog
from processes import end

MEGABYTE = 1 << 20
# Above the kernel and below what SeaBIOS uses. QEMU's own placement would overwrite the ACPI tables that a TPM needs.
INITRAMFS_ADDRESS = 0x8000000
DISK_SIZE = 128 * MEGABYTE
# What a slow card takes, in bytes a second: an image is some seconds on its way into a slot.
SLOT_SPEED = MEGABYTE


class EmulatedBoard:
    """One power-up of the board. ttyS0 is its console, ttyS1 the meter's line, ttyS2 the plant's, ttyS3 the technician's."""

    def __init__(self, kernel: str, home: str, meter_line: str | None = None, icount: str | None = None):
        self.kernel = kernel
        self.home = home
        self.meter_line = meter_line
        self.icount = icount
        # Whether a technician's cable is there: only then has the board a fourth port.
        self.has_shell = False
        self.processes: list[subprocess.Popen] = []
        self.qemu: subprocess.Popen | None = None
        self.console: Console | None = None
        # A disk of its own instead of the image: VolatileDisk.
        self.disk = None
        # Files that are the slots of the operating system's images: disks behind the first.
        self.slots: list[str] = []
        self.resets = 0
        self.monitor: Monitor | None = None
        # Whether it was the processor's watchdog that made the last reset.
        self.reset_by_watchdog = False
        os.makedirs(home, exist_ok=True)

    def path(self, name: str) -> str:
        return os.path.join(self.home, name)

    def boot(self) -> str:
        """Powers the board up and waits until it is ready; answers its line about itself."""
        self.make_disk()
        if not self.icount:
            self._start_tpm()
        for name in ("console", "pins", "monitor", "shell"):
            if os.path.exists(self.path(name)):
                os.unlink(self.path(name))
        began = time.monotonic()
        if self.disk:
            self.disk.power_on(lambda: self.qemu.kill())
        # QEMU's own words end up in the log; none of its windows, monitors or default devices are wanted.
        self.qemu = subprocess.Popen(self._command(), stdin=subprocess.DEVNULL, stdout=open(self.path("qemu.log"), "ab"),
                                     stderr=subprocess.STDOUT)
        self._await_socket("console", self.qemu)
        self.console = Console(self.path("console"), self.path("console.log"))
        self.monitor = None if self.icount else Monitor(self.path("monitor"))
        found = self.console.expect(r"BOARD (READY|FAILED)([^\r\n]*)\r?\n", 300 if self.icount else 120)
        if found[1] != b"READY":
            raise Failure(f"the board did not come up:{found[2].decode()}")
        return f"{found[2].decode().strip()}, ready after {time.monotonic() - began:.1f} s"

    def await_reset(self, seconds: float) -> str:
        """Waits until the board has reset itself, which ends QEMU, and starts it again with the disk as it was."""
        if not self.console.drain(seconds):
            raise Failure(f"expected the board to reset itself within {seconds:.0f} s, found it running")
        try:
            status = self.qemu.wait(10)
        except subprocess.TimeoutExpired:
            raise Failure("expected QEMU to end with the board's reset, found it running without a console") from None
        events = self.monitor.events()
        # A QEMU that crashed is no board that reset itself.
        if status or not was_reset(events):
            raise Failure(f"expected the board to reset itself and QEMU to end with status 0, found status {status}, "
                          f"{[event['event'] for event in events]}: {self._last_words()}")
        self.reset_by_watchdog = was_watchdog(events)
        self.resets += 1
        self.kill()
        return self.boot()

    def run(self, command: str, seconds: float = PATIENCE, may_fail: bool = False) -> str:
        # Counted instructions take as long as this machine lets them.
        return self.console.run(command, seconds * 20 if self.icount else seconds, may_fail)

    def kill(self) -> None:
        """Takes the power away; the disk and the TPM's memory stay."""
        if self.qemu and self.qemu.poll() is None:
            self.qemu.kill()
            end(self.qemu)
        for process in self.processes:
            end(process)
        self.processes = []

    def _command(self) -> list[str]:
        initramfs = os.path.join(self.kernel, "initramfs.gz")
        words = "console=ttyS0,115200 quiet loglevel=1 panic=-1 tsc=reliable"
        # The kernel does not keep what initrdmem names from being allocated over; memmap does, and it is copied from there.
        size = os.path.getsize(initramfs)
        words += f" memmap={-(-size // MEGABYTE)}M${INITRAMFS_ADDRESS:#x} initrdmem={INITRAMFS_ADDRESS:#x},{size}"
        # "rep movsb" counts an instruction a byte here: no processor that has it fast (ERMS) is so slow.
        processor = "max,erms=off,fsrm=off" if self.icount else "max"
        command = ["qemu-system-x86_64", "-M", "pc", "-accel", "tcg" if self.icount else "tcg,thread=multi", "-cpu", processor,
                   "-smp", "1", "-m", "512", "-display", "none", "-no-reboot", "-nodefaults",
                   "-kernel", os.path.join(self.kernel, "vmlinux"),
                   "-device", f"loader,file={initramfs},addr={INITRAMFS_ADDRESS:#x},force-raw=on", "-append", words]
        if not self.icount:
            # First, so that its socket is there when the console's is.
            command += ["-chardev", f"socket,id=monitor,path={self.path('monitor')},server=on,wait=off",
                        "-mon", "chardev=monitor,mode=control"]
        for name in ("console", "meter", "pins") + (("shell",) if self.has_shell else ()):
            backend = f"socket,path={self.path(name)},server=on,wait=off"
            if name == "meter":
                backend = f"serial,path={self.meter_line}" if self.meter_line else "null"
            command += ["-chardev", f"{backend},id={name}" if backend != "null" else f"null,id={name}",
                        "-serial", f"chardev:{name}"]
        if self.icount:
            # The clock is the processor's own. The TPM would answer by this machine's.
            command += ["-icount", self.icount, "-rtc", "base=utc,clock=vm"]
        else:
            command += ["-rtc", "base=utc", "-chardev", f"socket,id=tpm,path={self.path('tpm.sock')}",
                        "-tpmdev", "emulator,id=tpm0,chardev=tpm", "-device", "tpm-tis,tpmdev=tpm0"]
        command += ["-device", "i6300esb", "-watchdog-action", "reset",
                    "-drive", f"file={self.disk.address if self.disk else self.path('disk.img')},format=raw,if=virtio",
                    "-netdev", "user,id=net", "-device", "virtio-net-pci,netdev=net,romfile="]
        for slot in self.slots:
            command += ["-drive", f"file={slot},format=raw,if=virtio,throttling.bps-write={SLOT_SPEED}"]
        return command

    def make_disk(self) -> None:
        disk = self.path("disk.img")
        if os.path.exists(disk):
            return
        with open(disk, "wb") as file:
            file.truncate(DISK_SIZE)
        made = subprocess.run(["/sbin/mke2fs", "-q", "-t", "ext4", "-F", disk], capture_output=True, text=True)
        if made.returncode:
            raise Failure(f"mke2fs {disk}: expected status 0, found {made.returncode}: {made.stderr.strip()}")

    def _start_tpm(self) -> None:
        os.makedirs(self.path("tpm"), exist_ok=True)
        if os.path.exists(self.path("tpm.sock")):
            os.unlink(self.path("tpm.sock"))
        if not shutil.which("swtpm"):
            raise Failure("swtpm: expected the program of Debian's package swtpm, found none")
        tpm = subprocess.Popen(["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={self.path('tpm')}",
                                "--ctrl", f"type=unixio,path={self.path('tpm.sock')}"],
                               stdin=subprocess.DEVNULL, stdout=open(self.path("tpm.log"), "ab"), stderr=subprocess.STDOUT)
        self.processes.append(tpm)
        self._await_socket("tpm.sock", tpm)

    def _await_socket(self, name: str, process: subprocess.Popen) -> None:
        deadline = time.monotonic() + 20
        while not os.path.exists(self.path(name)):
            if process.poll() is not None or time.monotonic() > deadline:
                raise Failure(f"expected the socket {self.path(name)}, found {process.args[0]} "
                              f"{'ended' if process.poll() is not None else 'silent'}: {self._last_words()}")
            time.sleep(0.02)

    def _last_words(self) -> str:
        logs = [self.path(log) for log in ("qemu.log", "tpm.log") if os.path.exists(self.path(log))]
        return "".join(open(log).read()[-500:] for log in logs).strip()
