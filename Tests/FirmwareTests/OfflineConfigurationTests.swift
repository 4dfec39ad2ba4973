import Foundation
import Quantities
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
        #expect(VoucherLimits(try read("").offline) == nil)
        #expect(try read("[offline]\npolicy = \"nothing\"\n").offline == .nothing)
        let vouchers = try read(
            "[offline]\npolicy = \"vouchers\"\nsession_limit_micro = 5\nunsettled_limit_micro = 7\n"
        ).offline
        #expect(vouchers == .vouchers(session: Microunits(5), unsettled: Microunits(7)))
        #expect(VoucherLimits(vouchers) == VoucherLimits(session: Microunits(5), unsettled: Microunits(7)))
        let young = try read(
            "[offline]\npolicy = \"vouchers\"\nsession_limit_micro = 5\nunsettled_limit_micro = 7\n"
                + "proofs_at_most_hours = 2\n"
        ).offline
        #expect(VoucherLimits(young)?.proofsAtMost == .seconds(7_200))
    }

    @Test(
        "a table that means nothing is a mistake with its place",
        arguments: [
            ("policy = \"free\"", "offline.policy"), ("", "offline.policy"),
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
        ])
    func mistakes(table: String, words: String) throws {
        let found = try mistakes("[offline]\n\(table)\n")
        #expect(found.contains { $0.contains(words) }, "\(found)")
    }
}
