public import SignedRecords

/// Takes in a bundle, piece by piece, over whatever line; goes on where an earlier transfer was cut.
///
/// On the disk stands only what was verified: the header once the release is known to be for this device, then whole chunks
/// that have their hashes. How far a transfer has come is found by hashing that, never by a note. The name `inbox/bundle`
/// means that all of it is there and durable.
public struct Inbox {
    static let folder = "inbox"
    static let part = "inbox/part"
    /// A bundle that came in whole.
    static let bundle = "inbox/bundle"
    /// The most bytes that a cut costs.
    public static let flushLength: UInt64 = 1 << 20

    private let updater: Updater
    private var header: [UInt8] = []
    private var front: BundleFront?
    private var reader: PayloadReader?
    private var chunk: [UInt8] = []
    /// Bytes of the part file.
    private var stored: UInt64 = 0
    private var unflushed: UInt64 = 0
    private var isComplete = false
    private var total: UInt64?

    /// An inbox in which no transfer has begun.
    public init(_ updater: Updater) { self.updater = updater }

    /// The byte that is asked for next.
    public var nextOffset: UInt64 {
        if isComplete { return stored }
        return reader == nil ? UInt64(header.count) : stored + UInt64(chunk.count)
    }

    /// How long the bundle is; nil before its header is complete.
    public var length: UInt64? { total }

    /// The manifest of what comes in; nil before enough of it has come.
    var manifest: ContentHash? { front?.manifestHash }

    /// Whether the bundle is whole and durable.
    public var isWhole: Bool { isComplete }

    /// Begins a transfer. What an earlier one of the same bundle left is kept as far as it verifies; everything else is removed.
    ///
    /// - Parameter manifest: the bundle's manifest hash, as `service-station bundle show` prints it; nil begins anew.
    /// - Returns: the byte to send from.
    public mutating func begin(_ manifest: ContentHash?) throws(UpdateRefusal) -> UInt64 {
        self = Inbox(updater)
        do throws(UpdateRefusal) {
            if let manifest, try takeUp(Self.bundle, manifest), isComplete {
                // Its name may be in sight and not on the disk, where a disk failed behind the renaming.
                try keepName()
                return nextOffset
            }
            self = Inbox(updater)
            try UpdateRefusal.at(.space) { () throws(FirmwareUpdateError) in try updater.disk.remove(Self.bundle) }
            if let manifest, try takeUp(Self.part, manifest) {
                if reader?.nextLength == nil { try complete() }
                return nextOffset
            }
        } catch {
            // What does not verify is no beginning of anything.
            guard case .storage = error.reason else {
                try startOver()
                return 0
            }
            throw error
        }
        try startOver()
        return 0
    }

    /// Takes the next bytes, of any number. After a refusal nothing of the transfer is left.
    ///
    /// - Throws: `transferOffset` where these are not the bytes that are asked for; the transfer goes on.
    public mutating func receive(_ bytes: [UInt8], at offset: UInt64) throws(UpdateRefusal) {
        guard offset == nextOffset else {
            throw UpdateRefusal(.format, .transferOffset(expected: nextOffset, found: offset))
        }
        do throws(UpdateRefusal) {
            var rest = bytes[...]
            if reader == nil { rest = try takeHeader(rest) }
            while !rest.isEmpty { rest = try takeChunk(rest) }
            if !isComplete, let reader, reader.nextLength == nil { try complete() }
        } catch {
            try? startOver()
            throw error
        }
    }

    private mutating func startOver() throws(UpdateRefusal) {
        self = Inbox(updater)
        try UpdateRefusal.at(.space) { () throws(FirmwareUpdateError) in
            try updater.disk.makeFolder(Self.folder)
            try updater.disk.remove(Self.part)
        }
    }

    /// Header bytes, until there are enough to refuse the release, and until there are all.
    private mutating func takeHeader(_ bytes: ArraySlice<UInt8>) throws(UpdateRefusal) -> ArraySlice<UInt8> {
        var rest = bytes
        while reader == nil, !rest.isEmpty {
            // First as much as tells the header's length, so that no byte of the payload is taken for a part of it.
            let count = (front?.headerEnd ?? headerEnd) - header.count
            header += rest.prefix(count)
            rest = rest.dropFirst(count)
            if front == nil {
                front = try UpdateRefusal.at(.format) { () throws(FirmwareUpdateError) in
                    try BundleFront(prefix: header)
                }
                if let front { _ = try updater.examine(front) }
            }
            if let front, header.count == front.headerEnd { try beginPayload(front) }
        }
        return rest
    }

    /// Where the header ends, as far as its first bytes have come; their reader has bounded it.
    private var headerEnd: Int {
        guard header.count >= BundleEnvelope.preambleLength else { return BundleEnvelope.preambleLength }
        return BundleEnvelope.preambleLength + header[10..<14].reduce(0) { $0 << 8 | Int($1) }
    }

    private mutating func beginPayload(_ front: BundleFront) throws(UpdateRefusal) {
        let bundle = try verified(front)
        let total = UInt64(header.count) + bundle.manifest.payload.length
        try UpdateRefusal.at(.space) { () throws(FirmwareUpdateError) in
            try updater.disk.create(Self.part, isExecutable: false)
            try updater.disk.reserve(Self.part, length: total)
            try updater.disk.write(header[...], to: Self.part, at: 0)
        }
        reader = PayloadReader(bundle)
        stored = UInt64(header.count)
        unflushed = stored
        self.total = total
    }

    private func verified(_ front: BundleFront) throws(UpdateRefusal) -> VerifiedBundle {
        let envelope = try UpdateRefusal.at(.format) { () throws(FirmwareUpdateError) in
            try BundleEnvelope(decoding: header)
        }
        let manifest = try updater.examine(front)
        return try UpdateRefusal.at(.chunkTable) { () throws(FirmwareUpdateError) in
            try envelope.verified(manifest: manifest)
        }
    }

    private mutating func takeChunk(_ bytes: ArraySlice<UInt8>) throws(UpdateRefusal) -> ArraySlice<UInt8> {
        guard let length = reader?.nextLength else {
            let found = nextOffset + UInt64(bytes.count)
            throw UpdateRefusal(.payload, .payloadLength(expected: total ?? 0, found: found))
        }
        let part = bytes.prefix(length - chunk.count)
        chunk += part
        guard chunk.count == length else { return bytes.dropFirst(part.count) }
        try UpdateRefusal.at(.chunk) { () throws(FirmwareUpdateError) in
            // Its hash comes before it reaches the disk.
            _ = try reader?.accept(chunk)
            try updater.disk.write(chunk[...], to: Self.part, at: stored)
            stored += UInt64(length)
            unflushed += UInt64(length)
            if unflushed >= Self.flushLength {
                try updater.disk.flush(Self.part)
                unflushed = 0
            }
        }
        chunk = []
        return bytes.dropFirst(part.count)
    }

    /// The last byte is there: the bundle gets its name once all of it is durable.
    private mutating func complete() throws(UpdateRefusal) {
        try UpdateRefusal.at(.payload) { () throws(FirmwareUpdateError) in
            try reader?.finish()
            try updater.disk.flush(Self.part)
            try updater.disk.rename(Self.part, to: Self.bundle)
        }
        try keepName()
        isComplete = true
    }

    /// The bundle and its name are durable when this returns.
    private func keepName() throws(UpdateRefusal) {
        try UpdateRefusal.at(.payload) { () throws(FirmwareUpdateError) in
            try updater.disk.flush(Self.bundle)
            try updater.disk.flushFolder(Self.folder)
            // The folder's own name: it may be new, too.
            try updater.disk.flushFolder("")
        }
    }

    /// Reads what stands on the disk, verifies it from its beginning, and cuts off what does not. False where it is another
    /// bundle, or not even a header.
    private mutating func takeUp(_ path: String, _ manifest: ContentHash) throws(UpdateRefusal) -> Bool {
        let disk = updater.disk
        let found = try UpdateRefusal.at(.format) { () throws(FirmwareUpdateError) -> (DiskFile, [UInt8])? in
            guard let file = try disk.status(of: path) else { return nil }
            let most = BundleEnvelope.preambleLength + BundleEnvelope.mostHeader
            return (file, try disk.read(path, at: 0, count: most))
        }
        guard let (file, beginning) = found else { return false }
        let front = try UpdateRefusal.at(.format) { () throws(FirmwareUpdateError) in
            try BundleFront(prefix: beginning)
        }
        guard let front, front.manifestHash == manifest, beginning.count >= front.headerEnd else { return false }
        header = Array(beginning.prefix(front.headerEnd))
        self.front = front
        let bundle = try verified(front)
        total = UInt64(header.count) + bundle.manifest.payload.length
        stored = UInt64(header.count)
        var reader = PayloadReader(bundle)
        try UpdateRefusal.at(.chunk) { () throws(FirmwareUpdateError) in
            while let length = reader.nextLength {
                let bytes = try disk.read(path, at: stored, count: length)
                var next = reader
                guard bytes.count == length, (try? next.accept(bytes)) != nil else { break }
                reader = next
                stored += UInt64(length)
            }
        }
        self.reader = reader
        // What was only in the cache may be gone with the next cut.
        unflushed = stored
        if path == Self.part {
            let length = UInt64(header.count) + bundle.manifest.payload.length
            try UpdateRefusal.at(.space) { () throws(FirmwareUpdateError) in
                if file.length > length { try disk.truncate(path, to: length) }
                try disk.reserve(path, length: length)
            }
        } else {
            isComplete = reader.nextLength == nil && file.length == stored
            if isComplete { try UpdateRefusal.at(.payload) { () throws(FirmwareUpdateError) in try reader.finish() } }
        }
        return true
    }
}
