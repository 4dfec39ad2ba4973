internal import LightClient

/// Transactions that wait for a block, in the order of their arrival, within bounds.
struct Mempool {
    /// The most transactions that wait.
    static let maximumCount = 5_000
    /// The most bytes that wait.
    static let maximumBytes = 64 << 20
    /// How many transactions are remembered as seen.
    static let cacheSize = 10_000
    /// A transaction that waits for an earlier one is dropped after this many blocks.
    static let maximumAge: Int64 = 20

    struct Entry {
        let bytes: [UInt8]
        let hash: Hash
        /// The chain's height when it came.
        let height: Int64
    }

    /// Why a transaction is not taken.
    enum Refusal: Error, Equatable {
        case seen
        case full(count: Int, bytes: Int)
    }

    private(set) var entries: [Entry] = []
    private(set) var totalBytes = 0
    private var seen: Set<Hash> = []
    private var order: [Hash] = []
    private var oldest = 0

    var isEmpty: Bool { entries.isEmpty }

    /// Whether a transaction may come in now; CheckTx comes after.
    func admit(_ hash: Hash, size: Int) throws(Refusal) {
        guard !seen.contains(hash) else { throw .seen }
        guard entries.count < Self.maximumCount, totalBytes + size <= Self.maximumBytes else {
            throw .full(count: entries.count, bytes: totalBytes)
        }
    }

    /// Takes a transaction that CheckTx has passed.
    mutating func add(_ bytes: [UInt8], hash: Hash, height: Int64) {
        remember(hash)
        entries.append(Entry(bytes: bytes, hash: hash, height: height))
        totalBytes += bytes.count
    }

    /// After a block: its transactions go and stay remembered; of the rest, those that are too old or that `recheck` refuses
    /// go and may come again.
    mutating func update(
        committed: [[UInt8]], height: Int64, recheck: ([UInt8]) throws(LedgerNodeError) -> Bool
    ) throws(LedgerNodeError) {
        let done = Set(committed.map(Hash.sha256))
        for hash in done { remember(hash) }
        var kept: [Entry] = []
        var forgotten: [Hash] = []
        for entry in entries where !done.contains(entry.hash) {
            if height - entry.height < Self.maximumAge, try recheck(entry.bytes) {
                kept.append(entry)
            } else {
                forgotten.append(entry.hash)
            }
        }
        entries = kept
        totalBytes = kept.reduce(0) { $0 + $1.bytes.count }
        for hash in forgotten { seen.remove(hash) }
    }

    private mutating func remember(_ hash: Hash) {
        guard seen.insert(hash).inserted else { return }
        if order.count < Self.cacheSize {
            order.append(hash)
        } else {
            seen.remove(order[oldest])
            order[oldest] = hash
            oldest = (oldest + 1) % Self.cacheSize
        }
    }
}
