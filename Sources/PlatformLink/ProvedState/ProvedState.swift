public import Ledger
public import LightClient
public import SignedRecords

/// Reads the ledger's state as of one verified header, every value and every absence with its proof.
public struct ProvedState: Sendable {
    /// The verified header's block; the state is the one of the height below.
    public let block: LightBlock
    private let client: NodeClient

    /// The state under the app hash of a verified block.
    ///
    /// - Throws: `chainTooYoung` when there is no height below.
    public init(under block: LightBlock, client: NodeClient) throws(PlatformLinkError) {
        // Height 0 in a query means "the newest", never the state before the first block.
        guard block.height >= 2 else { throw .chainTooYoung(height: block.height) }
        self.block = block
        self.client = client
    }

    /// The registration of a device.
    public func charger(_ device: DeviceID) async throws(PlatformLinkError) -> Proved<ChargerRegistration> {
        try await read(.charger(device), as: ChargerRegistration.self)
    }

    /// A published tariff.
    public func tariff(_ tariff: TariffHash) async throws(PlatformLinkError) -> Proved<Tariff> {
        let proved = try await read(.tariff(tariff), as: Tariff.self)
        // The state key is the hash of the value; a ledger that says otherwise is not ours.
        if let value = proved.entry?.value, TariffHash(hashing: value) != tariff {
            throw .stateMalformed(key: StateKey.tariff(tariff).text, reason: "the value has another hash")
        }
        return proved
    }

    /// The grant that stands for a connector.
    public func grant(_ device: DeviceID, _ chain: ChainNumber) async throws(PlatformLinkError) -> Proved<Grant> {
        try await read(.grant(device, chain), as: Grant.self)
    }

    /// When guests may use a charger.
    public func sharing(_ device: DeviceID) async throws(PlatformLinkError) -> Proved<Sharing> {
        try await read(.sharing(device), as: Sharing.self)
    }

    /// The owner's priority at a connector.
    public func claim(_ device: DeviceID, _ chain: ChainNumber) async throws(PlatformLinkError) -> Proved<OwnerClaim> {
        try await read(.claim(device, chain), as: OwnerClaim.self)
    }

    /// The reservations of a connector.
    public func reservations(
        _ device: DeviceID, _ chain: ChainNumber
    ) async throws(PlatformLinkError) -> Proved<Reservations> {
        try await read(.reservations(device, chain), as: Reservations.self)
    }

    /// The last accepted record of a chain.
    public func head(
        _ device: DeviceID, _ chain: ChainNumber
    ) async throws(PlatformLinkError) -> Proved<ChainHeadState> {
        try await read(.head(device, chain), as: ChainHeadState.self)
    }

    /// What came of a session.
    public func settlement(
        _ device: DeviceID, _ session: SessionID
    ) async throws(PlatformLinkError) -> Proved<SessionSettlement> {
        try await read(.session(device, session), as: SessionSettlement.self)
    }

    /// How far a voucher has been used.
    public func voucher(_ voucher: GrantHash) async throws(PlatformLinkError) -> Proved<VoucherUse> {
        try await read(.voucher(voucher), as: VoucherUse.self)
    }

    /// A firmware release, by its digest.
    public func release(_ digest: ContentHash) async throws(PlatformLinkError) -> Proved<FirmwareRelease> {
        try await read(.firmware(digest), as: FirmwareRelease.self)
    }

    /// What a product's devices should run.
    public func firmware(of product: String) async throws(PlatformLinkError) -> Proved<ProductFirmware> {
        try await read(.product(product), as: ProductFirmware.self)
    }

    /// An account's balance.
    public func account(_ account: AccountID) async throws(PlatformLinkError) -> Proved<Account> {
        try await read(.account(account), as: Account.self)
    }

    /// The ledger's rules.
    public func parameters() async throws(PlatformLinkError) -> Proved<LedgerParameters> {
        try await read(.parameters, as: LedgerParameters.self)
    }

    private func read<Value: StateValue>(
        _ key: StateKey, as type: Value.Type
    ) async throws(PlatformLinkError) -> Proved<Value> {
        let answer = try await client.query(key.bytes, at: block.height - 1)
        let entry = try AnswerVerifier.verify(answer, key: key.bytes, header: block.header)
        var value: Value?
        if let entry {
            do throws(LedgerError) {
                value = try Value(decoding: entry.value)
            } catch {
                throw .stateMalformed(key: key.text, reason: "\(error)")
            }
        }
        return Proved(value: value, height: block.height - 1, headerTime: block.header.time, entry: entry)
    }
}
