import Foundation
import Testing

@testable import Firmware

@Suite("Configuration: where the keys are")
struct KeysConfigurationTests {
    static let rest = """
        schema = "wattseald/1"
        home = "state"
        [device]
        product = "Box"
        serial = "1"
        owner = "\(String(repeating: "0a", count: 32))"
        [board]
        profile = "board.toml"
        [meter]
        profile = "meter.toml"
        [meter.tcp]
        host = "127.0.0.1"
        [connector]
        maximum_current_ma = 16000
        [ledger]
        chain_id = "chain"
        rpc = "http://127.0.0.1:26657"
        trust_height = 3
        trust_hash = "\(String(repeating: "0C", count: 32))"

        """

    private func read(_ keys: String) throws -> FirmwareConfiguration.Keys {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).toml").path
        try (Self.rest + keys).write(toFile: path, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try FirmwareConfiguration(path: path).keys
    }

    private func mistakes(_ keys: String) throws -> [String] {
        do {
            _ = try read(keys)
            return []
        } catch FirmwareError.configuration(let mistakes) {
            return mistakes
        }
    }

    private let folder = FileManager.default.temporaryDirectory.path

    @Test("without the table, keys are in files of the home, and the daemon starts its signer")
    func standard() throws {
        let keys = try read("")
        #expect(keys.store == .file(wrapSecret: nil))
        #expect(keys.directory == "\(folder)/state/keys")
        #expect(keys.signer == nil)
        #expect(keys.user == nil)
        #expect(keys.askingSocket == "\(folder)/state/keys/signer.sock")
        #expect(try read("[keys]") == keys)
    }

    @Test("every setting of every store")
    func stores() throws {
        let file = try read(
            """
            [keys]
            store = "file"
            wrap_secret = "/factory/wrap"
            directory = "vault"
            signer = "/run/signer.sock"
            user = "root"
            """)
        #expect(file.store == .file(wrapSecret: "/factory/wrap"))
        #expect(file.directory == "\(folder)/vault")
        #expect(file.askingSocket == "/run/signer.sock")
        #expect(file.user == 0)
        #expect(try read("[keys]\nuser = \"1234\"").user == 1_234)
        #expect(
            try read("[keys]\nstore = \"tpm\"").store
                == .tpm(tcti: "device:/dev/tpmrm0", pcrs: [7], authority: nil))
        let tpm = try read("[keys]\nstore = \"tpm\"\ntcti = \"swtpm:port=1\"\npcrs = [0, 7]")
        #expect(tpm.store == .tpm(tcti: "swtpm:port=1", pcrs: [0, 7], authority: nil))
        let locking = try read(
            "[keys]\nstore = \"tpm\"\nauthority = \"a.pem\"\napprovals = \"ok\"\nseal_until_reboot = true")
        #expect(
            locking.store
                == .tpm(
                    tcti: "device:/dev/tpmrm0", pcrs: [7], authority: "\(folder)/a.pem", approvals: "\(folder)/ok",
                    lockingPCR: 13))
        let pcr = try read("[keys]\nstore = \"tpm\"\nseal_until_reboot = true\nlocking_pcr = 12")
        #expect(pcr.store == .tpm(tcti: "device:/dev/tpmrm0", pcrs: [7], authority: nil, lockingPCR: 12))
        let token = try read(
            "[keys]\nstore = \"pkcs11\"\nmodule = \"/lib/m.so\"\ntoken_label = \"box\"\npin_file = \"pin\"")
        #expect(token.store == .pkcs11(module: "/lib/m.so", tokenLabel: "box", pinFile: "\(folder)/pin"))
    }

    @Test(
        "mistakes are named with their place",
        arguments: [
            (
                "store = \"usb\"",
                "21:9: keys.store: expected one of \"file\", \"tpm\", \"pkcs11\", found the string \"usb\""
            ),
            ("wrap = \"x\"", "keys.wrap"),
            ("tcti = \"device\"", "keys.tcti: expected nothing with store = \"file\""),
            ("store = \"tpm\"\nwrap_secret = \"x\"", "keys.wrap_secret: expected nothing with store = \"tpm\""),
            ("store = \"tpm\"\npcrs = [24]", "keys.pcrs"),
            ("store = \"tpm\"\npcrs = [7, 7]", "keys.pcrs: expected each number once"),
            ("store = \"tpm\"\nauthority = \"a\"\npcrs = [7]", "keys.pcrs: expected no list beside an authority"),
            ("store = \"tpm\"\nlocking_pcr = 16", "keys.locking_pcr: expected an integer from 0 to 15"),
            ("store = \"tpm\"\napprovals = \"x\"", "keys.approvals: expected an authority beside it"),
            ("store = \"tpm\"\nseal_until_reboot = 1", "keys.seal_until_reboot: expected true or false"),
            ("seal_until_reboot = true", "keys.seal_until_reboot: expected nothing with store = \"file\""),
            ("store = \"pkcs11\"\nmodule = \"m\"\npin_file = \"p\"", "keys.token_label: expected"),
            ("store = \"pkcs11\"\nmodule = \"m\"\ntoken_label = \"t\"", "keys.pin_file: expected"),
            ("user = \"no-such-user-here\"", "keys.user: expected a user of this machine or a user number"),
            ("signer = \"\"", "keys.signer: expected a string of 1 to 100 bytes"),
        ])
    func refused(keys: String, words: String) throws {
        let found = try mistakes("[keys]\n\(keys)")
        #expect(found.count == 1 && found[0].contains(words), "\(found)")
    }
}
