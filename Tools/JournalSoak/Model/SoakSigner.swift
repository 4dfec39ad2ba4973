import Crypto
import DeviceKeys
import RecordSamples
import SignedRecords

/// The signer of one device: the real rules of its memory, and real COSE messages.
///
/// The signature of most histories is a hash of the payload, as deterministic as Ed25519 and forty times cheaper; what is
/// tested here does not look at it. Some histories sign with the key, and have everything verified at their end.
struct SoakSigner {
    let isReal: Bool
    let sample: SampleDevice
    private var memory: [ChainNumber: PendingRecords] = [:]

    init(sample: SampleDevice, isReal: Bool) {
        self.sample = sample
        self.isReal = isReal
    }

    /// The process died: nothing is remembered, and the journal says where to begin.
    mutating func forget() { memory = [:] }

    /// The highest number that the signer was told is durable.
    func durableHead(_ chain: ChainNumber) -> UInt64 { memory[chain]?.durableHead ?? 0 }

    func pending(_ chain: ChainNumber) -> [SignedRecord] { memory[chain]?.messages ?? [] }

    /// As `KeyStore.sign`.
    mutating func sign(_ record: Record, durableHead: UInt64) throws -> SignedRecord {
        var chain = memory[record.chain] ?? PendingRecords(chain: record.chain, durableHead: durableHead)
        try chain.advance(durableHead: durableHead)
        if let known = try chain.decide(record, ledger: sample.ledger) {
            memory[record.chain] = chain
            return known
        }
        let signed = try make(record)
        chain.remember(signed, ledger: sample.ledger)
        memory[record.chain] = chain
        return signed
    }

    private func make(_ record: Record) throws -> SignedRecord {
        if isReal { return try SignedRecord(signing: record, key: sample.key, ledger: sample.ledger) }
        let payload = record.encodePayload()
        let signature = Array(SHA512.hash(data: payload))
        return try SignedRecord(decoding: COSESign1(payload: payload, signature: signature).message)
    }
}
