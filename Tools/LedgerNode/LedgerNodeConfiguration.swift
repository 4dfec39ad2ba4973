internal import Glibc
public import Ledger
public import LightClient
public import Logging
public import Quantities
public import SignedRecords

/// How a standalone node is started.
public struct LedgerNodeConfiguration: Sendable {
    /// The number of validators of a new chain where none is asked for.
    public static let defaultValidators = 4
    /// The most validators that a home holds keys of.
    public static let maximumValidators = 100
    /// The name of a new chain where none is asked for.
    public static let defaultChainID = "wattseal-standalone"

    /// The node's folder; made where it does not exist.
    public var home: String
    /// Where the RPC listens.
    public var host: String
    /// 0 takes a free port.
    public var port: Int
    /// How many validators a new chain has, 1 to 100; for an existing home nil, or its number.
    public var validators: Int?
    /// The least time between two blocks with transactions.
    public var blockIntervalMilliseconds: Int64
    /// After this long without a block an empty one is made.
    public var emptyBlockMilliseconds: Int64
    /// A new chain's name, 1 to 50 printable characters; for an existing home nil, or its name.
    public var chainID: String?
    /// What accounts hold at the start of a new chain.
    public var accounts: [AccountID: Microunits]
    /// The platform's share on a new chain; nil for 2.5 %.
    public var commission: BasisPoints?
    /// Who may change a new chain's rules and release firmware; nil for nobody. For an existing home nil, or its own.
    public var governance: Governance?
    /// The socket file on which validators change and faults happen on request; nil for a node that does neither.
    public var controlSocket: String?
    /// Where a second RPC listens, to which other things can be told; needs a control socket.
    public var secondRPC: (host: String, port: Int)?
    /// Tells what the node does.
    public var logger: Logger
    /// UTC, for the validators' votes. It may jump: header times rise all the same.
    public var clock: @Sendable () -> Timestamp

    /// A configuration with the usual values.
    public init(
        home: String, host: String = "127.0.0.1", port: Int = 0, validators: Int? = nil,
        blockIntervalMilliseconds: Int64 = 1_000, emptyBlockMilliseconds: Int64 = 60_000, chainID: String? = nil,
        accounts: [AccountID: Microunits] = [:], commission: BasisPoints? = nil, governance: Governance? = nil,
        logger: Logger = Logger(label: "ledger-node"), clock: @escaping @Sendable () -> Timestamp = Self.systemClock
    ) {
        self.home = home
        self.host = host
        self.port = port
        self.validators = validators
        self.blockIntervalMilliseconds = blockIntervalMilliseconds
        self.emptyBlockMilliseconds = emptyBlockMilliseconds
        self.chainID = chainID
        self.accounts = accounts
        self.commission = commission
        self.governance = governance
        self.logger = logger
        self.clock = clock
    }

    /// The system's wall clock.
    public static let systemClock: @Sendable () -> Timestamp = {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        // The kernel's clock stays within the years that a timestamp holds.
        return (try? Timestamp(seconds: Int64(now.tv_sec), nanoseconds: Int32(now.tv_nsec))) ?? .unixEpoch
    }
}
