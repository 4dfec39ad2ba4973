public import LightClient
import SignedRecords

// Format of the file `anchors` beside the trusted block: deterministic CBOR array
//   [ "wattseal-anchors/1", chain id, [[when (RFC 3339), reason, old height, old hash, new height, new hash], …] ]
// oldest first. It is written before the new anchor's block is, so that no trust began which it does not name.

/// That someone replaced what a store trusted by a new anchor.
public struct Reanchoring: Hashable, Sendable {
    /// Why the old trust had ended.
    public enum Reason: String, Sendable, Hashable {
        /// It was older than the trusting period.
        case expired
        /// Two chains were found to follow from it.
        case halted
    }

    /// Why the old trust had ended.
    public let reason: Reason
    /// The newest block that was trusted.
    public let old: TrustAnchor
    /// The block that someone believes.
    public let new: TrustAnchor
    /// By our clock.
    public let time: Timestamp

    static let format = "wattseal-anchors/1"

    /// A replacement from its parts.
    public init(reason: Reason, old: TrustAnchor, new: TrustAnchor, time: Timestamp) {
        self.reason = reason
        self.old = old
        self.new = new
        self.time = time
    }

    static func encode(_ list: [Reanchoring], chainID: String) -> [UInt8] {
        let entries = list.map { entry -> CBOR in
            .array([
                .text(entry.time.rfc3339), .text(entry.reason.rawValue), .unsigned(UInt64(entry.old.height)),
                .bytes(entry.old.hash.bytes), .unsigned(UInt64(entry.new.height)), .bytes(entry.new.hash.bytes),
            ])
        }
        return CBOR.array([.text(format), .text(chainID), .array(entries)]).encode()
    }

    /// nil for what is not such a list of this chain.
    static func decode(_ bytes: [UInt8], chainID: String) -> [Reanchoring]? {
        guard let items = try? CBOR.decode(bytes).arrayValue, items.count == 3, items[0] == .text(format),
            items[1] == .text(chainID), let entries = items[2].arrayValue
        else { return nil }
        var list: [Reanchoring] = []
        for entry in entries {
            guard let parts = entry.arrayValue, parts.count == 6, case .text(let when) = parts[0],
                let time = try? Timestamp(rfc3339: when), case .text(let word) = parts[1],
                let reason = Reason(rawValue: word), let old = anchor(parts[2], parts[3]),
                let new = anchor(parts[4], parts[5])
            else { return nil }
            list.append(Reanchoring(reason: reason, old: old, new: new, time: time))
        }
        return list
    }

    private static func anchor(_ height: CBOR, _ hash: CBOR) -> TrustAnchor? {
        guard let height = height.unsignedValue.flatMap({ Int64(exactly: $0) }),
            let hash = hash.bytesValue.flatMap({ Hash(bytes: $0) })
        else { return nil }
        return TrustAnchor(height: height, hash: hash)
    }
}
