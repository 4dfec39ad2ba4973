import FirmwareUpdate
import RecordSamples
import SignedRecords

/// Changed bundles, manifests, roots and boot records: what is taken must be what somebody signed, or wrote, byte for byte.
public struct UpdateFuzz {
    private let maker: Maker
    private var random: SeededRandom
    private let keys: [RoleKeys]
    private let record: [UInt8]
    /// Inputs, and how many of them were taken.
    public private(set) var inputs = 0
    public private(set) var taken = 0

    public init(seed: UInt64, maker: Maker) throws {
        self.maker = maker
        random = SeededRandom(seed: seed)
        keys = try maker.roots.map { try $0.root.keys(of: .release) }
        let image = Image(
            manifest: maker.first.manifest, version: maker.first.name, securityCounter: maker.first.counter)
        let first = BootRecord(factory: image, rootVersion: 1)
        record = try first.staging(image).encoded() + first.encoded()
    }

    /// One input of a random kind.
    public mutating func step() throws(SoakBreach) {
        inputs += 1
        switch random.next() % 4 {
        case 0: try bundle()
        case 1: try manifest()
        case 2: try root()
        default: try bootRecord()
        }
    }

    private mutating func bundle() throws(SoakBreach) {
        let release = maker.releases[Int(random.next() % UInt64(maker.releases.count))]
        let bytes = changed(Array(release.bundle.prefix(2_500)))
        guard let envelope = try? BundleEnvelope(decoding: bytes) else { return }
        for key in keys {
            guard let verified = try? envelope.verified(by: key) else { continue }
            taken += 1
            guard maker.releases.contains(where: { $0.manifest == verified.manifestHash }) else {
                throw SoakBreach("a manifest that nobody signed was taken")
            }
        }
    }

    private mutating func manifest() throws(SoakBreach) {
        guard let envelope = try? BundleEnvelope(decoding: maker.first.bundle) else {
            throw SoakBreach("the first bundle does not open")
        }
        let bytes = changed(envelope.manifestBytes)
        guard let manifest = try? ReleaseManifest(decoding: bytes) else { return }
        taken += 1
        guard manifest.encoded() == bytes else { throw SoakBreach("a manifest has two encodings") }
    }

    private mutating func root() throws(SoakBreach) {
        let bytes = changed(maker.roots[1].encoded())
        guard let root = try? SignedRoot(decoding: bytes) else { return }
        guard root.encoded() == bytes else { throw SoakBreach("a root has two encodings") }
        guard (try? maker.roots[0].check(next: root)) != nil else { return }
        taken += 1
        guard root.root == maker.roots[1].root else { throw SoakBreach("a root that nobody signed was taken") }
    }

    private mutating func bootRecord() throws(SoakBreach) {
        var copy = changed(Array(record.prefix(BootRecord.copyLength)), within: 250)
        // Half of them have the right checksum, so that what stands behind it is reached.
        if random.oneIn(2), copy.count == BootRecord.copyLength {
            let sum = Self.checksum(copy.dropLast(4))
            copy.replaceSubrange(copy.count - 4..<copy.count, with: (0..<4).map { UInt8(sum >> (24 - 8 * $0) & 0xFF) })
        }
        let file = copy + record.suffix(BootRecord.copyLength)
        guard let store = try? BootRecordStore(reading: file) else { return }
        taken += 1
        let encoded = store.record.encoded()
        let other = Array(file.suffix(BootRecord.copyLength))
        guard encoded == copy || encoded == other else { throw SoakBreach("a boot record has two encodings") }
    }

    /// CRC32C, bit by bit, apart from the code under test.
    private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        var rest = UInt32.max
        for byte in bytes {
            rest ^= UInt32(byte)
            for _ in 0..<8 { rest = rest & 1 == 1 ? rest >> 1 ^ 0x82F6_3B78 : rest >> 1 }
        }
        return ~rest
    }

    /// One to three changes: a bit, a byte, a piece left out, doubled or moved.
    private mutating func changed(_ bytes: [UInt8], within: Int = .max) -> [UInt8] {
        var bytes = bytes
        for _ in 0...random.next() % 3 {
            let limit = min(bytes.count, within)
            guard limit > 0 else { return bytes }
            let place = Int(random.next() % UInt64(limit))
            let length = min(1 + Int(random.next() % 40), bytes.count - place)
            switch random.next() % 6 {
            case 0, 1: bytes[place] ^= 1 << UInt8(random.next() % 8)
            case 2: bytes[place] = UInt8(random.next() & 0xFF)
            case 3: bytes.removeSubrange(place..<place + length)
            case 4: bytes.insert(contentsOf: bytes[place..<place + length], at: place)
            default:
                let other = Int(random.next() % UInt64(bytes.count - length + 1))
                bytes.replaceSubrange(place..<place + length, with: Array(bytes[other..<other + length]))
            }
        }
        return bytes
    }
}
