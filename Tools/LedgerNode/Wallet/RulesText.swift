public import Ledger
internal import LightClient
internal import Quantities
internal import SignedRecords

/// New rules for a ledger, as JSON: `{"parameters": {…}, "governance": {…}}`, either or both. Parameters are spelled as in
/// `app_state`; what is left out stays as it is. Governance stands whole.
public struct RulesText: Decodable, Sendable {
    /// The parameters that change.
    public struct Parameters: Decodable, Hashable, Sendable {
        /// The platform's share in basis points.
        public var commission: Int32?
        /// The least amount of a grant in microunits.
        public var minimumGrant: Int64?
        /// How far a record's time may stray from block times.
        public var toleranceMilliseconds: Int64?
        /// How long validators answer for what they signed.
        public var evidenceWindowSeconds: Int64?
        /// Where the commission goes, in hexadecimal.
        public var platform: String?

        /// None.
        public init() {}

        private enum CodingKeys: String, CodingKey, CaseIterable {
            case commission = "commission_bp"
            case minimumGrant = "minimum_grant"
            case tolerance = "tolerance_ms"
            case evidenceWindow = "evidence_window_s"
            case platform
        }

        /// Refuses names that it does not know: a slip of the pen is no vote for what stands.
        public init(from decoder: any Decoder) throws {
            try RulesText.refuseUnknown(decoder, CodingKeys.allCases.map(\.rawValue))
            let container = try decoder.container(keyedBy: CodingKeys.self)
            func number(_ key: CodingKeys) throws -> Int64? {
                guard let text = try container.decodeIfPresent(String.self, forKey: key) else { return nil }
                guard let value = Int64(text) else {
                    throw DecodingError.dataCorruptedError(
                        forKey: key, in: container, debugDescription: "\"\(text.prefix(40))\" is no number")
                }
                return value
            }
            commission = try container.decodeIfPresent(Int32.self, forKey: .commission)
            minimumGrant = try number(.minimumGrant)
            toleranceMilliseconds = try number(.tolerance)
            evidenceWindowSeconds = try number(.evidenceWindow)
            platform = try container.decodeIfPresent(String.self, forKey: .platform)
        }
    }

    /// What changes of the parameters.
    public var parameters: Parameters
    /// The new governance.
    public var governance: GovernanceText?

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case parameters, governance
    }

    /// Nothing new.
    public init() {
        parameters = Parameters()
        governance = nil
    }

    /// Reads the two members, either of which may be missing.
    public init(from decoder: any Decoder) throws {
        try Self.refuseUnknown(decoder, CodingKeys.allCases.map(\.rawValue))
        let container = try decoder.container(keyedBy: CodingKeys.self)
        parameters = try container.decodeIfPresent(Parameters.self, forKey: .parameters) ?? Parameters()
        governance = try container.decodeIfPresent(GovernanceText.self, forKey: .governance)
    }

    /// Reads a file. Throws `WalletError.argument`.
    public init(file path: String) throws(WalletError) {
        do { self = try RPCJSON.decode(Self.self, from: try SecretFile.read(path, isSecret: false)) } catch {
            throw .argument(name: path, reason: "\(error)")
        }
    }

    private struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    private static func refuseUnknown(_ decoder: any Decoder, _ known: [String]) throws {
        let container = try decoder.container(keyedBy: Name.self)
        for name in container.allKeys where !known.contains(name.stringValue) {
            throw DecodingError.dataCorruptedError(
                forKey: name, in: container,
                debugDescription: "is not known, expected \(known.joined(separator: ", "))")
        }
    }

    /// The proposal that follows the rules in force. Everyone who votes for the same change makes the same one.
    ///
    /// Throws `WalletError.argument` where nothing changes, `.transaction` for rules that are none.
    public func proposal(
        over rules: LedgerParameters, _ board: Governance
    ) throws(WalletError) -> Proposal {
        do {
            let change = parameters
            var next: LedgerParameters?
            if change != Parameters() {
                next = try LedgerParameters(
                    commission: change.commission.map { BasisPoints($0) } ?? rules.commission,
                    minimumGrant: change.minimumGrant.map { Microunits($0) } ?? rules.minimumGrant,
                    toleranceMilliseconds: change.toleranceMilliseconds ?? rules.toleranceMilliseconds,
                    evidenceWindowSeconds: change.evidenceWindowSeconds ?? rules.evidenceWindowSeconds,
                    platform: try change.platform.map { (text) throws(LedgerError) in try Self.account(text) }
                        ?? rules.platform,
                    revision: rules.revision + 1, firstCommission: rules.firstCommission)
            }
            let proposal = Proposal(
                parameters: next, governance: try governance?.governance(revision: board.revision + 1))
            guard proposal.parameters != nil || proposal.governance != nil else {
                throw WalletError.argument(name: "proposal", reason: "expected new parameters or a new governance")
            }
            return proposal
        } catch let error as WalletError {
            throw error
        } catch let error as LedgerError {
            throw .transaction(error)
        } catch {
            throw .argument(name: "proposal", reason: "\(error)")
        }
    }

    private static func account(_ text: String) throws(LedgerError) -> AccountID {
        do { return try AccountID(hex: text) } catch {
            throw .malformed(what: "platform", reason: "\(text.prefix(80)): \(error)")
        }
    }
}
