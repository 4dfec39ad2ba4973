public import SignedRecords

// This file owns the format of the state's keys: lower-case words, hexadecimal and decimal numbers, separated by slashes.

/// The name of one value of the ledger's state: UTF-8 text, proved as these bytes.
public struct StateKey: Hashable, Comparable, Sendable {
    /// The key as the state tree hashes it.
    public let bytes: [UInt8]

    /// The key as text.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    private init(_ text: String) { bytes = Array(text.utf8) }

    /// All bytes at once: a state is asked for several keys a record, through several layers.
    public func hash(into hasher: inout Hasher) { bytes.withUnsafeBytes { hasher.combine(bytes: $0) } }

    /// Orders by the bytes.
    public static func < (left: Self, right: Self) -> Bool { left.bytes.lexicographicallyPrecedes(right.bytes) }

    /// `LedgerParameters`; written at genesis and never removed.
    public static let parameters = StateKey("parameters")

    /// An `Account`; absent while it never held money nor sent anything.
    public static func account(_ account: AccountID) -> StateKey { StateKey("account/\(account.hex)") }

    /// A `ChargerRegistration`.
    public static func charger(_ device: DeviceID) -> StateKey { StateKey("charger/\(device.hex)") }

    /// A `Tariff`.
    public static func tariff(_ tariff: TariffHash) -> StateKey { StateKey("tariff/\(tariff.hex)") }

    /// The `Grant` that stands for a connector; absent where none does.
    public static func grant(_ device: DeviceID, _ chain: ChainNumber) -> StateKey {
        StateKey("grant/\(device.hex)/\(chain.rawValue)")
    }

    /// The `ChainHeadState` of a record chain: acknowledges every record up to it. Absent before its first record.
    public static func head(_ device: DeviceID, _ chain: ChainNumber) -> StateKey {
        StateKey("head/\(device.hex)/\(chain.rawValue)")
    }

    /// The `OpenSession` of a connector; absent between sessions.
    public static func open(_ device: DeviceID, _ chain: ChainNumber) -> StateKey {
        StateKey("open/\(device.hex)/\(chain.rawValue)")
    }

    /// A `SessionSettlement`, written once, at the session's end record.
    public static func session(_ device: DeviceID, _ session: SessionID) -> StateKey {
        StateKey("session/\(device.hex)/\(session.hex)")
    }

    // MARK: Who and what

    /// An `Operator`.
    public static func operatedBy(_ account: AccountID) -> StateKey { StateKey("operator/\(account.hex)") }

    /// A `User`; absent for an account that never registered, and whose vouchers were always good.
    public static func user(_ account: AccountID) -> StateKey { StateKey("user/\(account.hex)") }

    /// A `Site`; absent where the owner said nothing.
    public static func site(_ device: DeviceID) -> StateKey { StateKey("site/\(device.hex)") }

    /// An `Equipment`; chain 0 for what is the whole device's.
    public static func equipment(_ device: DeviceID, _ chain: ChainNumber) -> StateKey {
        StateKey("equipment/\(device.hex)/\(chain.rawValue)")
    }

    /// An `Availability`; chain 0 for the whole device's. Absent before the first record that says something.
    public static func availability(_ device: DeviceID, _ chain: ChainNumber) -> StateKey {
        StateKey("availability/\(device.hex)/\(chain.rawValue)")
    }

    // MARK: Sharing

    /// A `Sharing`; absent for a public charger.
    public static func sharing(_ device: DeviceID) -> StateKey { StateKey("sharing/\(device.hex)") }

    /// An `OwnerClaim`; absent where the owner never wanted the connector to be free.
    public static func claim(_ device: DeviceID, _ chain: ChainNumber) -> StateKey {
        StateKey("claim/\(device.hex)/\(chain.rawValue)")
    }

    /// The `Reservations` of a connector; absent where there are none.
    public static func reservations(_ device: DeviceID, _ chain: ChainNumber) -> StateKey {
        StateKey("reservations/\(device.hex)/\(chain.rawValue)")
    }

    /// An `Allowance`; absent once it was given back.
    public static func allowance(_ allowance: GrantHash) -> StateKey { StateKey("allowance/\(allowance.hex)") }

    /// A `Refund`; absent where nothing was given back.
    public static func refund(_ device: DeviceID, _ session: SessionID) -> StateKey {
        StateKey("refund/\(device.hex)/\(session.hex)")
    }

    // MARK: Authority

    /// The `Governance`; absent where genesis named none.
    public static let governance = StateKey("governance")

    /// The `Votes` for a proposal that has not enough of them yet.
    public static func votes(_ proposal: ContentHash) -> StateKey { StateKey("votes/\(proposal.hex)") }

    /// A `FirmwareRelease`.
    public static func firmware(_ digest: ContentHash) -> StateKey { StateKey("firmware/\(digest.hex)") }

    /// A `ProductFirmware`, by the SHA-256 of the product's name.
    public static func product(_ name: String) -> StateKey {
        StateKey("product/\(ContentHash(hashing: Array(name.utf8)).hex)")
    }

    // MARK: History

    /// A `RetiredKey`: the Ed25519 key of an earlier epoch, under which records may still be on their way.
    public static func key(_ device: DeviceID, epoch: UInt32) -> StateKey {
        StateKey("key/\(device.hex)/\(epoch)")
    }

    /// A `MovedDevice`; absent for a charger that began on this ledger.
    public static func moved(_ device: DeviceID) -> StateKey { StateKey("moved/\(device.hex)") }

    /// The first `Equivocation` seen on a chain.
    public static func equivocation(_ device: DeviceID, _ chain: ChainNumber) -> StateKey {
        StateKey("equivocation/\(device.hex)/\(chain.rawValue)")
    }

    /// A `ReleasedGrant`: what a grant was, after it left its connector.
    public static func released(_ grant: GrantHash) -> StateKey { StateKey("released/\(grant.hex)") }

    /// A `VoucherUse`; absent before a charger's record first brings the voucher.
    public static func voucher(_ voucher: GrantHash) -> StateKey { StateKey("voucher/\(voucher.hex)") }

    /// The `Grant` that a voucher's acceptance made at a connector; absent where none stands.
    public static func hold(_ device: DeviceID, _ chain: ChainNumber) -> StateKey {
        StateKey("hold/\(device.hex)/\(chain.rawValue)")
    }

    /// An `AcceptedRecord`: a record's hash and when it came, by its number.
    public static func record(_ device: DeviceID, _ chain: ChainNumber, _ sequence: UInt64) -> StateKey {
        StateKey("record/\(device.hex)/\(chain.rawValue)/\(sequence)")
    }
}
