/// A member of a validator set.
public struct Validator: Hashable, Sendable {
    /// Follows from the key; recomputed, never taken on trust where the key type allows it.
    public let address: Address
    /// The key.
    public let publicKey: PublicKey
    /// Voting power, at least 0.
    public let power: Int64
    /// Unauthenticated data of the RPC: in no hash, only ever compared.
    public let proposerPriority: Int64

    /// A validator from its key. `statedAddress`, when given, must be the key's.
    public init(
        publicKey: PublicKey, power: Int64, proposerPriority: Int64 = 0, statedAddress: Address? = nil
    ) throws(LightClientError) {
        try publicKey.checkSize()
        if let computed = publicKey.address {
            if let statedAddress, statedAddress != computed {
                throw .validatorAddressMismatch(stated: statedAddress, computed: computed)
            }
            address = computed
        } else {
            // Not computable here; harmless, since signatures of such keys never count.
            guard let statedAddress else { throw .validatorAddressMissing(keyType: publicKey.typeName) }
            address = statedAddress
        }
        guard power >= 0 else { throw .negativePower(validator: address, power: power) }
        self.publicKey = publicKey
        self.power = power
        self.proposerPriority = proposerPriority
    }

    /// The same validator with a proposer priority of 0.
    var withoutPriority: Validator {
        Validator(address: address, publicKey: publicKey, power: power)
    }

    private init(address: Address, publicKey: PublicKey, power: Int64) {
        self.address = address
        self.publicKey = publicKey
        self.power = power
        proposerPriority = 0
    }

    /// The SimpleValidator under validators_hash: key and power, no address, no priority.
    public var hashedItem: [UInt8] {
        var writer = ProtobufWriter()
        writer.message(1, publicKey)
        writer.signed(2, power)
        return writer.bytes
    }
}

extension Validator: ProtobufMessage {
    /// tendermint.types.Validator.
    public static let protobufName = "Validator"

    /// Reads fields 1 address, 2 pub_key, 3 voting_power, 4 proposer_priority.
    public init(from reader: inout ProtobufReader) throws(LightClientError) {
        var address: Address?
        var publicKey: PublicKey?
        var power: Int64 = 0
        var priority: Int64 = 0
        while let field = try reader.next() {
            switch field.number {
            case 1: address = try field.address()
            case 2: publicKey = try field.message(PublicKey.self)
            case 3: power = try field.signed()
            case 4: priority = try field.signed()
            default: throw reader.unknown(field)
            }
        }
        guard let publicKey else { throw .unsupportedKeyType("(none)") }
        try self.init(publicKey: publicKey, power: power, proposerPriority: priority, statedAddress: address)
    }

    /// Writes the canonical encoding.
    public func write(to writer: inout ProtobufWriter) {
        writer.bytes(1, address.bytes)
        writer.message(2, publicKey)
        writer.signed(3, power)
        writer.signed(4, proposerPriority)
    }
}
