import ChargeControl
import FoundationEssentials
import Quantities

/// What the status page tells of the device beside its status: who it is, what limits it by configuration, and the faults that
/// stand in words. One JSON object; nothing in it is secret or names a payer.
struct DeviceSheet: Codable, Equatable, Sendable {
    var product = ""
    var serial = ""
    var board = ""
    var firmwareVersion = ""
    var firmwareDigest = ""
    /// `software`, `tpm`, `pkcs11`.
    var keyProtection = ""
    var bench = false
    var energyFactor: UInt32 = 1
    var bootCount: UInt32 = 0
    /// Since the daemon's start.
    var uptimeS: Int64 = 0
    /// The ledger node's scheme, host and port (`NodeAddresses`).
    var endpoint = ""
    var connectors: [Connector] = []
    /// What all connectors may take together, per phase.
    var supplyMA: Int32?
    var gridFailSafeMA: Int32?
    var faults: [FaultExplanation] = []

    struct Connector: Codable, Equatable, Sendable {
        var number: UInt32
        /// The installer's limit per phase.
        var maximumCurrentMA: Int32
        /// The owner's by configuration.
        var ownerMA: Int32?

        enum CodingKeys: String, CodingKey {
            case number
            case maximumCurrentMA = "maximum_current_ma"
            case ownerMA = "owner_ma"
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(number, forKey: .number)
            try container.encode(maximumCurrentMA, forKey: .maximumCurrentMA)
            try container.encode(ownerMA, forKey: .ownerMA)
        }
    }

    enum CodingKeys: String, CodingKey {
        case product, serial, board, bench, endpoint, connectors, faults
        case firmwareVersion = "firmware_version"
        case firmwareDigest = "firmware_digest"
        case keyProtection = "key_protection"
        case energyFactor = "energy_factor"
        case bootCount = "boot_count"
        case uptimeS = "uptime_s"
        case supplyMA = "supply_ma"
        case gridFailSafeMA = "grid_fail_safe_ma"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(product, forKey: .product)
        try container.encode(serial, forKey: .serial)
        try container.encode(board, forKey: .board)
        try container.encode(firmwareVersion, forKey: .firmwareVersion)
        try container.encode(firmwareDigest, forKey: .firmwareDigest)
        try container.encode(keyProtection, forKey: .keyProtection)
        try container.encode(bench, forKey: .bench)
        try container.encode(energyFactor, forKey: .energyFactor)
        try container.encode(bootCount, forKey: .bootCount)
        try container.encode(uptimeS, forKey: .uptimeS)
        try container.encode(endpoint, forKey: .endpoint)
        try container.encode(connectors, forKey: .connectors)
        // What does not limit is there, and null.
        try container.encode(supplyMA, forKey: .supplyMA)
        try container.encode(gridFailSafeMA, forKey: .gridFailSafeMA)
        try container.encode(faults, forKey: .faults)
    }
}
