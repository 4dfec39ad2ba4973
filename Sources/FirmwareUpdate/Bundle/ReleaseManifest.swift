public import SignedRecords

/// What a release says of itself: for which devices it is, how new it is, what files it brings.
///
/// Deterministic CBOR, a map with integer keys in the order of the properties; a key that is not known here refuses the
/// bundle, since it may be one that matters.
public struct ReleaseManifest: Equatable, Sendable {
    /// What the bundle replaces.
    public enum Kind: UInt8, Sendable, CaseIterable {
        case application = 1
        case system = 2
        case configuration = 3
        case root = 4

        /// What it is, for messages.
        public var words: String {
            switch self {
            case .application: "an application"
            case .system: "an operating system"
            case .configuration: "a configuration"
            case .root: "a root"
            }
        }
    }

    /// A board that the release is for.
    public struct Board: Equatable, Sendable {
        /// The board profile's id.
        public var id: String
        /// Hardware revisions, both ends included.
        public var revisions: ClosedRange<UInt32>

        public init(id: String, revisions: ClosedRange<UInt32>) {
            self.id = id
            self.revisions = revisions
        }
    }

    /// Which data on the device the release can read, and which it leaves behind.
    public struct DataSchema: Equatable, Sendable {
        public var readsFrom: UInt32
        public var writes: UInt32
        /// The highest schema that it can read. Above `writes` it is the release before a change: what comes next may write that, and
        /// this one can still be gone back to.
        public var readsTo: UInt32

        /// - Parameter readsTo: nil where it reads nothing above what it writes.
        public init(readsFrom: UInt32, writes: UInt32, readsTo: UInt32? = nil) {
            self.readsFrom = readsFrom
            self.writes = writes
            self.readsTo = readsTo ?? writes
        }

        /// Whether it reads data of this schema.
        public func reads(_ schema: UInt32) -> Bool { readsFrom <= schema && schema <= readsTo }
    }

    /// The files, one behind the other, in chunks of `chunkLength` bytes.
    public struct Payload: Equatable, Sendable {
        public var length: UInt64
        /// SHA-256 of the whole payload.
        public var hash: ContentHash
        public var chunkLength: UInt32
        /// SHA-256 of the chunk table's hashes, one behind the other.
        public var chunkTableHash: ContentHash

        public init(length: UInt64, hash: ContentHash, chunkLength: UInt32, chunkTableHash: ContentHash) {
            self.length = length
            self.hash = hash
            self.chunkLength = chunkLength
            self.chunkTableHash = chunkTableHash
        }
    }

    /// One file of the slot.
    public struct File: Equatable, Sendable {
        /// Relative, of plain ASCII.
        public var path: String
        public var length: UInt64
        public var isExecutable: Bool
        public var hash: ContentHash

        public init(path: String, length: UInt64, isExecutable: Bool, hash: ContentHash) {
            self.path = path
            self.length = length
            self.isExecutable = isExecutable
            self.hash = hash
        }
    }

    public var product: String
    public var architecture: String
    public var boards: [Board]
    public var version: String
    /// The commit that it was built from.
    public var build: String
    public var securityCounter: UInt32
    public var kind: Kind
    /// Advisory only: a device's clock may be wrong.
    public var createdAt: UTCMilliseconds
    /// The lowest version of the operating system's image; 0 where any will do.
    public var needsSystem: UInt32
    public var needsBootRecordFormat: UInt16
    public var dataSchema: DataSchema
    public var payload: Payload
    /// In the payload's order, ascending by path.
    public var files: [File]
    /// The root of release keys that signed it.
    public var rootVersion: UInt32
    /// How long the confirm gate must hold, in seconds.
    public var confirmSeconds: UInt16
    public var tries: UInt8
    public var notes: String
    /// Where a device may begin anew on the ledger; nil where the release says nothing of it.
    public var checkpoint: LedgerCheckpoint?

    public init(
        product: String, architecture: String, boards: [Board], version: String, build: String,
        securityCounter: UInt32, kind: Kind, createdAt: UTCMilliseconds, needsSystem: UInt32 = 0,
        needsBootRecordFormat: UInt16 = BootRecord.format, dataSchema: DataSchema, payload: Payload, files: [File],
        rootVersion: UInt32, confirmSeconds: UInt16 = 60, tries: UInt8 = BootRecord.usualTries, notes: String = "",
        checkpoint: LedgerCheckpoint? = nil
    ) {
        self.product = product
        self.architecture = architecture
        self.boards = boards
        self.version = version
        self.build = build
        self.securityCounter = securityCounter
        self.kind = kind
        self.createdAt = createdAt
        self.needsSystem = needsSystem
        self.needsBootRecordFormat = needsBootRecordFormat
        self.dataSchema = dataSchema
        self.payload = payload
        self.files = files
        self.rootVersion = rootVersion
        self.confirmSeconds = confirmSeconds
        self.tries = tries
        self.notes = notes
        self.checkpoint = checkpoint
    }
}
