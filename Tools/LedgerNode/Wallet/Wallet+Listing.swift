public import Ledger
internal import LightClient
internal import SignedRecords

extension Wallet {
    /// The keys that begin with `prefix`, in their order, as the node tells them: nothing proves that none is missing.
    public func keys(_ prefix: String) async throws(WalletError) -> [String] {
        var keys: [String] = []
        while true {
            let cursor: [UInt8] = keys.last.map { [0] + Array($0.utf8) } ?? []
            let page = try Self.page(try await query("/keys", Array(prefix.utf8) + cursor))
            // A node that does not move on would never end.
            guard page.keys.allSatisfy({ $0.hasPrefix(prefix) }), page.keys.first.map({ $0 > keys.last ?? "" }) ?? true
            else { throw .answer(reason: "keys out of order behind \(keys.last ?? prefix)") }
            keys += page.keys
            guard page.hasMore, !page.keys.isEmpty else { return keys }
        }
    }

    private static func page(_ bytes: [UInt8]) throws(WalletError) -> (keys: [String], hasMore: Bool) {
        let item: CBOR
        do { item = try CBOR.decode(bytes, limits: CBORLimits(maximumBytes: 1 << 20, maximumDepth: 3)) } catch {
            throw .answer(reason: "a list of keys: \(error)")
        }
        guard case .array(let places) = item, places.count == 2, case .array(let items) = places[0],
            case .bool(let hasMore) = places[1]
        else { throw .answer(reason: "a list of keys: expected [[key, …], more]") }
        var keys: [String] = []
        for item in items {
            guard case .bytes(let bytes) = item, let key = String(validating: bytes, as: UTF8.self) else {
                throw .answer(reason: "a list of keys: holds what is no key")
            }
            keys.append(key)
        }
        return (keys, hasMore)
    }

    /// A value by its key's text, as `keys` gives it; nil where it is gone since.
    public func value<Value: StateValue>(_ key: String, as type: Value.Type) async throws(WalletError) -> Value? {
        try Self.decode(try await query("/key", Array(key.utf8)))
    }
}
