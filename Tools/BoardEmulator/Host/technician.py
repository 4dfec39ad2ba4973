"""A technician's keys, certificates and answers, made by service-station and openssl."""
import os
import subprocess

from processes import Tools


class Technician:
    """Keys and certificate of somebody whom the board's authority trusts."""

    def __init__(self, tools: Tools):
        self.tools = tools
        for who in ("authority", "technician"):
            self._openssl("genpkey", "-algorithm", "ed25519", "-out", tools.path(f"{who}.pem"))
            os.chmod(tools.path(f"{who}.pem"), 0o600)
        self.public, self.authority = (self._station("login", "--key", tools.path(f"{who}.pem"), "--show-key").split()[-1]
                                       for who in ("technician", "authority"))
        self.phone_key = os.urandom(32).hex()
        tools.write("phone.key", self.phone_key + "\n")
        self.certify("bench", ["service", "commission", "vendor", "viewer"])

    def _openssl(self, *words: str) -> None:
        subprocess.run(["openssl", *words], check=True, capture_output=True)

    def _station(self, *words: str) -> str:
        return self.tools.run("service-station", *words)

    def certify(self, name: str, roles: list[str], scope: str = "fleet:emulator-*") -> None:
        """Issues a certificate of this name."""
        options = [word for role in roles for word in ("--role", role)]
        self._station("certificate", "issue", "--authority", self.tools.path("authority.pem"), "--public-key", self.public,
                      "--serial", "7", "--name", name, *options, "--scope", scope, "-o", self.tools.path(f"{name}.cert"))

    def phone_code(self, device: str, question: str) -> str:
        return self._station("phone-code", "--key", self.tools.path("phone.key"), "--device", device, question).split()[-1]

    def answer(self, challenge: str, role: str, name: str = "bench") -> str:
        return self._station("login", "--key", self.tools.path("technician.pem"), "--certificate", self.tools.path(f"{name}.cert"),
                             "--role", role, "--challenge", challenge).split()[-1]
