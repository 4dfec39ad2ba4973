public import Logging

/// How the application behind CometBFT is started.
public struct ABCINodeConfiguration: Sendable {
    /// The node's folder; made where it does not exist.
    public var home: String
    /// Where CometBFT finds the application.
    public var listen: ABCIAddress
    /// The ledger's name; nil takes the home's, or the one that the chain begins with.
    public var chainID: String?
    /// After each height that this divides, a snapshot is taken; 0 takes none.
    public var snapshotInterval: Int64
    /// How many blocks CometBFT keeps at least; 0 has it keep all.
    public var retainedBlocks: Int64
    /// Tells what the application does.
    public var logger: Logger
    /// A snapshot's chunk takes no further leaf at this size.
    var chunkSize = SnapshotChunk.fullSize
    /// What the writing of a snapshot waits for between chunks; for tests.
    var snapshotPause: SnapshotWriting.Pause?
    /// The longest frame that is read.
    var frameLimit = ABCIFrameReader.maximumLength

    /// A configuration with the usual values.
    public init(
        home: String, listen: ABCIAddress, chainID: String? = nil, snapshotInterval: Int64 = 1_000,
        retainedBlocks: Int64 = 0, logger: Logger = Logger(label: "ledger-node")
    ) {
        self.home = home
        self.listen = listen
        self.chainID = chainID
        self.snapshotInterval = snapshotInterval
        self.retainedBlocks = retainedBlocks
        self.logger = logger
    }
}
