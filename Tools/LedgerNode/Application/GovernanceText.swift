public import Ledger
internal import LightClient
internal import SignedRecords

/// Who may change a ledger's rules, as JSON: `{"threshold": "2", "members": [account, …], "release_authorities": [account, …]}`,
/// the accounts in any order, each once. It stands so in `app_state`, and in files of their own.
public struct GovernanceText: Hashable, Codable, Sendable {
    private let threshold: String
    private let members: [String]
    private let releaseAuthorities: [String]

    private enum CodingKeys: String, CodingKey {
        case threshold, members
        case releaseAuthorities = "release_authorities"
    }

    /// The text of a governance; its revision is not in it.
    public init(_ governance: Governance) {
        threshold = String(governance.threshold)
        members = governance.members.map(\.hex)
        releaseAuthorities = governance.releaseAuthorities.map(\.hex)
    }

    /// Reads a file with nothing but that. Throws `WalletError.argument`.
    public init(file path: String) throws(WalletError) {
        do { self = try RPCJSON.decode(Self.self, from: try SecretFile.read(path, isSecret: false)) } catch {
            throw .argument(name: path, reason: "\(error)")
        }
    }

    /// What it says, at a revision. Throws `LedgerError.refused` or `.malformed` for what makes no governance.
    public func governance(revision: UInt64 = 0) throws(LedgerError) -> Governance {
        guard let threshold = UInt64(threshold) else {
            throw .malformed(what: "governance", reason: "threshold \"\(threshold.prefix(40))\" is no number")
        }
        return try Governance(
            revision: revision, threshold: threshold, members: try Self.accounts(members),
            releaseAuthorities: try Self.accounts(releaseAuthorities))
    }

    private static func accounts(_ texts: [String]) throws(LedgerError) -> [AccountID] {
        var accounts: [AccountID] = []
        for text in texts {
            do { accounts.append(try AccountID(hex: text)) } catch {
                throw .malformed(what: "governance", reason: "account \"\(text.prefix(80))\": \(error)")
            }
        }
        return accounts.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
    }
}
