public import Ledger
internal import LightClient
public import Quantities
public import SignedRecords

/// The ledger's state before its first block: the genesis document's `app_state`.
public struct LedgerGenesis: Hashable, Sendable {
    /// The platform's share of payments, 250 by default.
    public var commission: BasisPoints
    /// The least amount of a grant, 10 000 microunits by default.
    public var minimumGrant: Microunits
    /// How far a synchronised record time may stray from block times, 10 s by default.
    public var toleranceMilliseconds: Int64
    /// How long validators answer for what they signed: 21 days.
    public var evidenceWindowSeconds: Int64
    /// Where the commission goes.
    public var platform: AccountID
    /// What accounts hold.
    public var balances: [AccountID: Microunits]
    /// Who may change the rules and release firmware; nil for nobody.
    public var governance: Governance?

    /// A genesis with this chain's usual rules.
    public init(platform: AccountID, balances: [AccountID: Microunits] = [:], governance: Governance? = nil) {
        commission = BasisPoints(250)
        minimumGrant = Microunits(10_000)
        toleranceMilliseconds = 10_000
        evidenceWindowSeconds = 21 * 86_400
        self.platform = platform
        self.balances = balances
        self.governance = governance
    }

    /// The state's first values.
    func writes() throws(LedgerError) -> [StateWrite] {
        let parameters = try LedgerParameters(
            commission: commission, minimumGrant: minimumGrant, toleranceMilliseconds: toleranceMilliseconds,
            evidenceWindowSeconds: evidenceWindowSeconds, platform: platform)
        return try LedgerTransition.genesis(parameters: parameters, balances: balances, governance: governance)
    }
}

extension LedgerGenesis: Codable {
    private enum CodingKeys: String, CodingKey {
        case commission = "commission_bp"
        case minimumGrant = "minimum_grant"
        case tolerance = "tolerance_ms"
        case evidenceWindow = "evidence_window_s"
        case platform, accounts, governance
    }

    /// Reads `app_state`; 64-bit numbers are strings there, as everywhere in CometBFT's JSON.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func number(_ key: CodingKeys) throws -> Int64 {
            let text = try container.decode(String.self, forKey: key)
            guard let value = Int64(text) else {
                throw DecodingError.dataCorruptedError(
                    forKey: key, in: container, debugDescription: "\(text): no number")
            }
            return value
        }
        commission = BasisPoints(try container.decode(Int32.self, forKey: .commission))
        minimumGrant = Microunits(try number(.minimumGrant))
        toleranceMilliseconds = try number(.tolerance)
        evidenceWindowSeconds = try number(.evidenceWindow)
        platform = try AccountID(hex: try container.decode(String.self, forKey: .platform))
        balances = [:]
        for (account, text) in try container.decode([String: String].self, forKey: .accounts) {
            guard let balance = Int64(text) else {
                throw DecodingError.dataCorruptedError(
                    forKey: .accounts, in: container, debugDescription: "\(account): \(text): no number")
            }
            balances[try AccountID(hex: account)] = Microunits(balance)
        }
        let text = try container.decodeIfPresent(GovernanceText.self, forKey: .governance)
        do { governance = try text?.governance() } catch {
            throw DecodingError.dataCorruptedError(
                forKey: .governance, in: container, debugDescription: error.description)
        }
    }

    /// Writes `app_state`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(commission.rawValue, forKey: .commission)
        try container.encode(String(minimumGrant.rawValue), forKey: .minimumGrant)
        try container.encode(String(toleranceMilliseconds), forKey: .tolerance)
        try container.encode(String(evidenceWindowSeconds), forKey: .evidenceWindow)
        try container.encode(platform.hex, forKey: .platform)
        var accounts: [String: String] = [:]
        for (account, balance) in balances { accounts[account.hex] = String(balance.rawValue) }
        try container.encode(accounts, forKey: .accounts)
        try container.encodeIfPresent(governance.map(GovernanceText.init), forKey: .governance)
    }
}
