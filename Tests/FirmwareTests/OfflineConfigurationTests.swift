import CardReader
import Foundation
import Quantities
import SignedRecords
import Testing

@testable import Firmware

@Suite("Configuration: what is sold without the ledger")
struct OfflineConfigurationTests {
    private func read(_ table: String) throws -> FirmwareConfiguration {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).toml").path
        try (KeysConfigurationTests.rest + table).write(toFile: path, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try FirmwareConfiguration(path: path)
    }

    private func mistakes(_ table: String) throws -> [String] {
        do {
            _ = try read(table)
            return []
        } catch FirmwareError.configuration(let mistakes) {
            return mistakes
        }
    }

    @Test("nothing, where the file does not say otherwise; vouchers with the owner's limits")
    func policies() throws {
        #expect(try read("").offline == .nothing)
        #expect(try VoucherLimits(try read("").offline) == nil)
        #expect(try read("[offline]\npolicy = \"nothing\"\n").offline == .nothing)
        let vouchers = try read(
            "[offline]\npolicy = \"vouchers\"\nsession_limit_micro = 5\nunsettled_limit_micro = 7\n"
        ).offline
        #expect(
            vouchers
                == .vouchers(FirmwareConfiguration.Offline.Limits(session: Microunits(5), unsettled: Microunits(7))))
        #expect(try VoucherLimits(vouchers) == VoucherLimits(session: Microunits(5), unsettled: Microunits(7)))
        let young = try read(
            "[offline]\npolicy = \"vouchers\"\nsession_limit_micro = 5\nunsettled_limit_micro = 7\n"
                + "proofs_at_most_hours = 2\n"
        ).offline
        #expect(try VoucherLimits(young)?.proofsAtMost == .seconds(7_200))
    }

    @Test(
        "a table that means nothing is a mistake with its place",
        arguments: [
            ("policy = \"free\"", "offline.vouchers"), ("", "offline.policy"),
            ("policy = \"vouchers\"", "session_limit_micro"),
            ("policy = \"vouchers\"\nsession_limit_micro = 5", "unsettled_limit_micro"),
            ("policy = \"vouchers\"\nsession_limit_micro = 0\nunsettled_limit_micro = 7", "session_limit_micro"),
            ("policy = \"vouchers\"\nsession_limit_micro = 8\nunsettled_limit_micro = 7", "at least session_limit"),
            ("policy = \"nothing\"\nsession_limit_micro = 8", "session_limit_micro"),
            ("policy = \"nothing\"\nlimit = 8", "limit"),
            ("policy = \"nothing\"\nproofs_at_most_hours = 8", "proofs_at_most_hours"),
            (
                "policy = \"vouchers\"\nsession_limit_micro = 5\nunsettled_limit_micro = 7\nproofs_at_most_hours = 337",
                "proofs_at_most_hours"
            ),
            ("policy = \"vouchers\"\naccounts = []", "offline.accounts"),
            (
                "policy = \"known\"\nsession_limit_micro = 5\nunsettled_limit_micro = 7\naccounts = [\"00\"]",
                "payer_limit"
            ),
            ("policy = \"known\"", "offline.accounts"), ("policy = \"known\"\naccounts = [\"00\"]", "64 hexadecimal"),
            ("policy = \"free\"\nvouchers = \"v\"\nidentifiers = [\"0102\"]", "8 to 20"),
            ("policy = \"free\"\nvouchers = \"v\"\nidentifiers = [\"01020304\"]\nanyone = true", "anyone = true"),
            ("policy = \"free\"\nvouchers = \"v\"\npayer_limit_micro = 1", "payer_limit_micro"),
        ])
    func mistakes(table: String, words: String) throws {
        let found = try mistakes("[offline]\n\(table)\n")
        #expect(found.contains { $0.contains(words) }, "\(found)")
    }

    @Test("known accounts with a limit each; the owner's vouchers for listed cards, or for anyone where he says so")
    func more() throws {
        let limits = "session_limit_micro = 5\nunsettled_limit_micro = 7\n"
        let account = String(repeating: "Ab", count: 32)
        let known = try read(
            "[offline]\npolicy = \"known\"\naccounts = [\"\(account)\"]\npayer_limit_micro = 6\n" + limits)
        let stated = FirmwareConfiguration.Offline.Limits(
            session: Microunits(5), unsettled: Microunits(7), payer: Microunits(6))
        #expect(known.offline == .known(accounts: [account.lowercased()], stated))
        #expect(try VoucherLimits(known.offline)?.payers == [AccountID(hex: account.lowercased())])
        func identifiers(_ table: String) throws -> Set<[UInt8]>? {
            let read = try read("[offline]\npolicy = \"free\"\nvouchers = \"/v\"\n" + limits + table)
            return try #require(try VoucherLimits(read.offline)?.stock).identifiers
        }
        #expect(try identifiers("") == [])
        #expect(try identifiers("identifiers = [\"01020304\"]") == [[1, 2, 3, 4]])
        #expect(try identifiers("anyone = true") == nil)
    }

    @Test("readers: one table or several, a device or a socket each")
    func readers() throws {
        let one = try read("[reader]\ndevice = \"/dev/ttyS3\"\n").readers
        #expect(
            one == [FirmwareConfiguration.Reader(address: .serial(path: "/dev/ttyS3", baud: 9_600), connector: nil)])
        let two = try read(
            "[[reader]]\ndevice = \"/dev/a\"\nbaud = 115200\nconnector = 1\n[[reader]]\nsocket = \"/run/b\"\n"
        ).readers
        #expect(
            two == [
                FirmwareConfiguration.Reader(address: .serial(path: "/dev/a", baud: 115_200), connector: 1),
                FirmwareConfiguration.Reader(address: .socket(path: "/run/b"), connector: nil),
            ])
        #expect(try read("").readers == [])
        for (table, words) in [
            ("[reader]\n", "reader.device"), ("[reader]\ndevice = \"/a\"\nbaud = 5\n", "reader.baud"),
            ("[reader]\ndevice = \"/a\"\nsocket = \"/b\"\n", "either device or socket"),
            ("[reader]\nsocket = \"/a\"\nbaud = 9600\n", "nothing with a socket"),
            ("[reader]\ndevice = \"/a\"\nconnector = 2\n", "reader.connector"),
            ("[[reader]]\ndevice = \"/a\"\n[[reader]]\ndevice = \"/a\"\n", "another than the readers before"),
        ] {
            let found = try mistakes(table)
            #expect(found.contains { $0.contains(words) }, "\(found)")
        }
    }
}
