"""A maker's bench: keys, roots, and bundles of releases, good ones and others."""
import os
import random
import re
import stat
import subprocess

from processes import Tools

PRODUCT = "Wattseal emulator session"
BOARD = "emulated"
REVISION = 2
# The least that fills several chunks of 64 KiB; a daemon of its own would take minutes over an emulated line.
FILLING = 200_000
CHUNK = 65_536

# What a release's program is: the board's daemon, or something that goes wrong.
RUNS = 'exec /usr/bin/wattseald "$@"'
CRASHES = "exit 1"
# The meter is not where this release looks for it.
LOSES_METER = """sed 's/^poll_ms/unit = 9\\npoll_ms/' "$2" >/run/firmware.toml
exec /usr/bin/wattseald --config /run/firmware.toml"""
# The configuration has it wrong, and this release knows better.
REPAIRS_METER = """sed '/^unit = 9$/d' "$2" >/run/firmware.toml
exec /usr/bin/wattseald --config /run/firmware.toml"""


class Bundle:
    """A bundle's bytes and what names it."""

    def __init__(self, path: str, shown: str):
        self.path = path
        with open(path, "rb") as file:
            self.data = file.read()
        self.manifest = re.search(r"^manifest ([0-9a-f]{64})$", shown, re.MULTILINE)[1]


class Releases:
    """Makes bundles by `service-station`, as a maker does."""

    def __init__(self, tools: Tools):
        self.tools = tools
        for name in ("release", "stranger"):
            subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", tools.path(f"{name}.pem")], check=True, capture_output=True)
            os.chmod(tools.path(f"{name}.pem"), stat.S_IRUSR | stat.S_IWUSR)
        release = tools.path("release.pem")
        tools.run("service-station", "root", "new", "--root-key", release, "--release-key", release, "--key", release, "--days", "30",
                  "--threshold", "root=1", "--threshold", "release=1", "-o", self.root)

    @property
    def root(self) -> str:
        return self.tools.path("root.1")

    def rotate(self, version: int) -> None:
        """Makes root.VERSION: the same keys, and signed by them for itself and for the one before."""
        self.tools.run("service-station", "root", "rotate", self.tools.path(f"root.{version - 1}"), "--days", "30", "--key",
                       self.tools.path("release.pem"), "-o", self.tools.path(f"root.{version}"))

    def make(self, version: str, counter: int, program: str = RUNS, key: str = "release", board: str = BOARD, filling: int = 0,
             root: int = 1) -> Bundle:
        """A signed bundle; its filling is random and does not compress. It brings its root, unless that is the first."""
        files = self.tools.path(f"files-{version}")
        os.makedirs(os.path.join(files, "bin"), exist_ok=True)
        start = os.path.join(files, "bin/wattseald")
        with open(start, "w") as file:
            file.write(f"#!/bin/sh\n# release {version}\n{program}\n")
        os.chmod(start, 0o755)
        if filling:
            with open(os.path.join(files, "filling"), "wb") as file:
                file.write(random.Random(version).randbytes(filling))
        path = self.tools.path(f"{version}-{key}-{board}.evb")
        brought = ["--root", self.tools.path(f"root.{root}")] if root > 1 else []
        self.tools.run("service-station", "sign", *brought, "--root-version", str(root), "--files", files, "--key", self.tools.path(f"{key}.pem"), "--product", PRODUCT, "--arch",
                       os.uname().machine, "--board", f"{board}:1-3", "--release", version, "--build", "0123abcd", "--counter", str(counter),
                       "-o", path)
        return Bundle(path, self.tools.run("service-station", "bundle", "show", path))

    def bad(self) -> list[tuple[str, Bundle, bytes, str]]:
        """Bundles that no charger takes: what is wrong, the bundle, the bytes to send, and a word of the refusal."""
        good = self.make("1.0.9", 3, filling=FILLING)
        header = len(good.data) - FILLING - os.path.getsize(self.tools.path("files-1.0.9/bin/wattseald"))
        first, second = good.data[header:header + CHUNK], good.data[header + CHUNK:header + 2 * CHUNK]

        def flipped(place: int) -> bytes:
            return good.data[:place] + bytes([good.data[place] ^ 1]) + good.data[place + 1:]

        old = self.make("0.9", 1)
        strange = self.make("1.2", 9, key="stranger")
        foreign = self.make("1.3", 3, board="other")
        return [
            ("downgrade", old, old.data, "security counter 1 lies below the device's floor 2"),
            ("wrong board", foreign, foreign.data, "not for this device: board"),
            ("wrong signature", strange, strange.data, "expected 1 signatures, found 0"),
            ("extended", good, good.data + b"\0", "payload"),
            ("reordered", good, good.data[:header] + second + first + good.data[header + 2 * CHUNK:], "chunk"),
            ("bit of the payload", good, flipped(len(good.data) - 100), "chunk"),
            ("bit of the manifest", good, flipped(60), ""),
            ("bit of a signature", good, flipped(self._signature(good)), "signature"),
            ("truncated", good, good.data[:-1], "whole"),
        ]

    @staticmethod
    def _signature(bundle: Bundle) -> int:
        """A byte of its one signature (docs/updates.md, "The bundle")."""
        manifest = int.from_bytes(bundle.data[14:18], "big")
        return 18 + manifest + 2 + 8 + 5
