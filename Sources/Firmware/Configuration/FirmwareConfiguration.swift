public import Metering
public import Quantities
public import StatusPage

/// What an installer tells the daemon: one TOML file, schema `wattseald/1`.
///
/// Relative paths count from the folder of the file. `FirmwareConfiguration+Reading.swift` reads and checks it.
public struct FirmwareConfiguration: Sendable, Equatable {
    /// Folder of everything that must survive: `journal/`, `keys/`, `trusted/`, `proofs/`.
    public var home: String
    public var device: Device
    public var keys: Keys
    public var ledger: LedgerChoice
    /// Connector 1, connector 2 …: one to `mostConnectors`.
    public var connectors: [Connector]
    /// What all connectors may take together, per phase; nil where each has a supply of its own.
    public var supply: Milliamps?
    /// What each phase may carry while the grid operator's limit is not known; nil where no grid operator limits.
    public var gridFailSafe: Milliamps?
    /// What each phase may carry while the grid operator's relay limits; nil where no board has such a relay.
    public var gridRelay: Milliamps?
    /// The meter of the grid connection; nil where there is none.
    public var mains: Mains?
    /// How many times faster than life the plant's energy registers count; 1 is life. Other numbers need a simulated
    /// board.
    public var energyFactor: UInt32
    /// Path of the Unix socket that answers each connection with one line of status, or nil for none.
    public var statusSocket: String?
    /// Path of the Unix socket that takes requests for limits, or nil for none.
    public var controlSocket: String?
    /// Path of the socket of the updater, which writes the firmware's slots, or nil for none.
    public var updaterSocket: String?
    /// The technician's shell.
    public var shell = Shell()
    /// What the file says, a line for each value (`TomlDocument.contentLines`).
    public var content: [String]
    /// How many days records are kept in the journal while there is room.
    public var retentionDays = 180

    /// What may be sold while the ledger cannot be asked.
    public var offline = Offline.nothing
    /// The card readers, one to eight; empty where there are none.
    public var readers: [Reader] = []
    /// Where the status page is served, or nil for nowhere.
    public var page: LoopbackAddress?

    /// How many connectors one daemon runs at most.
    public static let mostConnectors = 8

    /// Who the device is; it stands in its genesis record and cannot change later.
    public struct Device: Sendable, Equatable {
        /// Product name, at most 64 bytes.
        public var product: String
        /// Serial number, at most 64 bytes.
        public var serial: String
        /// The owner's account, 64 hexadecimal digits.
        public var owner: String
    }

    /// Which board, and where its simulated plant listens.
    public struct BoardChoice: Sendable, Equatable {
        /// Path of the board profile.
        public var profile: String
        /// Path of the plant's socket; given exactly when the profile is of the simulated kind.
        public var plantSocket: String?
    }

    /// Which meter, and how it is reached.
    public struct MeterChoice: Sendable, Equatable {
        /// Path of the meter profile.
        public var profile: String
        public var line: Line
        /// Modbus unit, or nil for the profile's.
        public var unit: UInt8?
        /// Time between two readings.
        public var pollPeriod: Nanoseconds

        /// The wire to the meter.
        public enum Line: Sendable, Equatable {
            case tcp(host: String, port: UInt16)
            /// A serial device; baud rate and format such as `8N1`, or nil for the profile's; how the driver turns an RS-485
            /// line around, or nil where it need not.
            case rtu(device: String, baud: Int32?, format: String?, rs485: RS485? = nil)
        }
    }

    /// The ledger and where trust in it begins.
    public struct LedgerChoice: Sendable, Equatable {
        public var chainID: String
        /// Base URL of a node's RPC, `http://` or `https://`.
        public var rpc: String
        /// Base URLs of other nodes that confirm what that one says, at most eight; empty where it is believed alone.
        public var witnesses: [String]
        public var trustHeight: Int64
        /// Header hash at that height, 64 hexadecimal digits.
        public var trustHash: String
        /// How long a verified header is trusted; at most two thirds of the evidence window.
        public var trustingPeriod: Nanoseconds
        /// How far a header's time may lie ahead of this device's clock.
        public var clockDrift: Nanoseconds
        /// The ledger that the device leaves, or has left, for this one; nil where it began here.
        public var movedFrom: String?
        /// Whether the node's events bring the next look at the ledger forward.
        public var events = false
        /// Whether headers are judged only by a clock that a time source vouches for.
        public var needsSynchronisedClock = false
        /// PEM files of the certificate shown to nodes that ask for one, and of its key; nil shows none.
        public var client: Client?

        /// A client certificate for TLS, and its key.
        public struct Client: Sendable, Equatable {
            public var certificate: String
            public var key: String
        }
    }
}
