internal import ConfigurationText
public import Quantities
internal import SignedRecords

extension FirmwareConfiguration {
    /// What may be sold while the ledger cannot be asked.
    public enum Offline: Sendable, Equatable {
        /// A session that runs goes on; none begins.
        case nothing
        /// Sessions begin on anyone's vouchers too.
        case vouchers(Limits)
        /// On vouchers of these accounts alone; each 64 hexadecimal digits.
        case known(accounts: [String], Limits)
        /// On the owner's own vouchers, in a file on the device, for cards that pay nothing: those with these numbers, or any
        /// where there are none.
        case free(vouchers: String, identifiers: Set<[UInt8]>?, Limits)

        /// How much the owner risks.
        public struct Limits: Sendable, Equatable {
            /// The most that one session may cost.
            public var session: Microunits
            /// The most that all may cost together that the ledger does not have yet.
            public var unsettled: Microunits
            /// The same for those of one payer; nil where that of all is enough.
            public var payer: Microunits?
            /// How old the proofs of registration and tariff may be that it is sold under.
            public var proofsAtMost: Nanoseconds

            /// Limits from their parts.
            public init(
                session: Microunits, unsettled: Microunits, payer: Microunits? = nil,
                proofsAtMost: Nanoseconds = Limits.usualProofAge
            ) {
                self.session = session
                self.unsettled = unsettled
                self.payer = payer
                self.proofsAtMost = proofsAtMost
            }

            /// Three days: longer than a weekend without a network, shorter than the two weeks for which a header is trusted.
            public static let usualProofAge = Nanoseconds.seconds(72 * 3_600)
        }
    }

    private enum Policy: String, CaseIterable {
        case nothing, vouchers, known, free

        /// The keys that mean something with it, beside `policy`.
        var keys: Set<String> {
            let limits: Set = ["session_limit_micro", "unsettled_limit_micro", "proofs_at_most_hours"]
            return switch self {
            case .nothing: []
            case .vouchers: limits.union(["payer_limit_micro"])
            case .known: limits.union(["payer_limit_micro", "accounts"])
            case .free: limits.union(["vouchers", "identifiers", "anyone"])
            }
        }
    }

    private static let offlineKeys = [
        "session_limit_micro", "unsettled_limit_micro", "payer_limit_micro", "accounts", "vouchers", "identifiers",
        "anyone", "proofs_at_most_hours",
    ]

    /// Reads `[offline]`; nil with mistakes. Without the table nothing is sold.
    static func readOffline(_ root: TomlTable, folder: String) -> Offline? {
        guard let table = root.table("offline", required: false) else { return root.has("offline") ? nil : .nothing }
        guard let policy = table.choice("policy", of: Policy.self) else { return nil }
        for key in offlineKeys where table.has(key) && !policy.keys.contains(key) {
            table.report(key, expected: "nothing with policy = \"\(policy.rawValue)\"", found: table.words(key))
        }
        guard policy != .nothing else { return .nothing }
        let limits = readOfflineLimits(table, needsPayer: policy == .known)
        switch policy {
        case .nothing: return .nothing
        case .vouchers: return limits.map { .vouchers($0) }
        case .known:
            guard let accounts = table.strings("accounts", count: 1...1_024) else { return nil }
            for (index, account) in accounts.enumerated() where Hexadecimal.decode(account)?.count != 32 {
                table.report("accounts", at: index, expected: "64 hexadecimal digits", found: "\"\(account)\"")
            }
            return limits.map { .known(accounts: accounts.map { $0.lowercased() }, $0) }
        case .free: return readFree(table, limits, folder: folder)
        }
    }

    private static func readOfflineLimits(_ table: TomlTable, needsPayer: Bool) -> Offline.Limits? {
        let keys = ["session_limit_micro", "unsettled_limit_micro"]
        let amounts = keys.map { table.integer($0, in: 1...1_000_000_000_000) }
        let hours = table.integer("proofs_at_most_hours", in: 1...336, required: false)
        let payer = table.integer("payer_limit_micro", in: 1...1_000_000_000_000, required: needsPayer)
        guard let session = amounts[0], let unsettled = amounts[1], payer != nil || !needsPayer else { return nil }
        if unsettled < session {
            table.report(keys[1], expected: "at least session_limit_micro, \(session)", found: table.words(keys[1]))
        }
        return Offline.Limits(
            session: Microunits(session), unsettled: Microunits(unsettled), payer: payer.map { Microunits($0) },
            proofsAtMost: hours.map { .seconds($0 * 3_600) } ?? Offline.Limits.usualProofAge)
    }

    /// A card's plain number proves nothing, so what takes one says so: by listing it, or by `anyone = true`.
    private static func readFree(_ table: TomlTable, _ limits: Offline.Limits?, folder: String) -> Offline? {
        let path = table.string("vouchers", length: 1...4_096)
        let anyone = table.boolean("anyone", required: false) ?? false
        let listed = table.strings("identifiers", count: 0...1_024, required: false) ?? []
        var identifiers: Set<[UInt8]> = []
        for (index, text) in listed.enumerated() {
            guard let bytes = Hexadecimal.decode(text), (4...10).contains(bytes.count) else {
                table.report(
                    "identifiers", at: index, expected: "8 to 20 hexadecimal digits, two a byte", found: "\"\(text)\"")
                continue
            }
            identifiers.insert(bytes)
        }
        if anyone, !listed.isEmpty {
            table.report("identifiers", expected: "nothing with anyone = true", found: table.words("identifiers"))
        }
        guard let path, let limits else { return nil }
        return .free(vouchers: resolve(path, in: folder), identifiers: anyone ? nil : identifiers, limits)
    }
}
