internal import ConfigurationText
public import Quantities

extension FirmwareConfiguration {
    /// What may be sold while the ledger cannot be asked.
    public enum Offline: Sendable, Equatable {
        /// A session that runs goes on; none begins.
        case nothing
        /// Sessions begin on vouchers too: the most that one may cost, and all together that the ledger does not have yet;
        /// and how old the proofs of registration and tariff may be that they are sold under.
        case vouchers(session: Microunits, unsettled: Microunits, proofsAtMost: Nanoseconds = Offline.usualProofAge)

        /// Three days: longer than a weekend without a network, shorter than the two weeks for which a header is trusted.
        public static let usualProofAge = Nanoseconds.seconds(72 * 3_600)
    }

    private enum Policy: String, CaseIterable {
        case nothing, vouchers
    }

    /// Reads `[offline]`; nil with mistakes. Without the table nothing is sold.
    static func readOffline(_ root: TomlTable) -> Offline? {
        guard let table = root.table("offline", required: false) else { return root.has("offline") ? nil : .nothing }
        guard let policy = table.choice("policy", of: Policy.self) else { return nil }
        let limits = ["session_limit_micro", "unsettled_limit_micro"]
        guard policy == .vouchers else {
            for key in limits + ["proofs_at_most_hours"] where table.has(key) {
                table.report(key, expected: "nothing with policy = \"\(policy.rawValue)\"", found: table.words(key))
            }
            return .nothing
        }
        let amounts = limits.map { table.integer($0, in: 1...1_000_000_000_000) }
        let hours = table.integer("proofs_at_most_hours", in: 1...336, required: false)
        guard let session = amounts[0], let unsettled = amounts[1] else { return nil }
        if unsettled < session {
            table.report(
                limits[1], expected: "at least session_limit_micro, \(session)", found: table.words(limits[1]))
        }
        return .vouchers(
            session: Microunits(session), unsettled: Microunits(unsettled),
            proofsAtMost: hours.map { .seconds($0 * 3_600) } ?? Offline.usualProofAge)
    }
}
