import Foundation
import Testing

/// A whole house in a temporary folder: plant, ledger node and daemon, each a process of its own, with an owner who has
/// registered the charger and a driver who pays.
final class Rig {
    struct Options {
        var meter = "sdm630"
        var bus = "tcp"
        var energyFactor = 60
        /// What the driver grants, in microunits.
        var grant = 6_000_000
        var blockInterval = 300
        /// Connectors, each with a plant of its own.
        var connectors = 1
        /// What all connectors may take together, in milliamperes per phase.
        var supply: Int?
        /// What each phase of the grid connection may carry, in milliamperes; with it, plant 1 has a mains meter as unit 2 of
        /// its meter's line.
        var fuse: Int?
        /// The daemon's home folder; nil is one beside the rest.
        var home: String?
        /// Whether the signer runs on its own, beside the daemon, and not as its child.
        var separateSigner = false
        /// Whether the owner takes vouchers while the ledger is out of reach.
        var vouchers = false
        /// Another house, whose ledger node this one uses, too.
        var neighbour: Rig?
        /// The maker's name for it.
        var product = "Wattseal test"
        /// The shipped board profile.
        var board = "simulated"
        /// Further tables of the configuration.
        var tables = ""
        /// Whether the owner may release firmware on the ledger.
        var releases = false
        /// Where the daemon looks for the ledger; nil is the node itself.
        var ledgerURL: ((String) async throws -> String)?
    }

    static let driverFunds = 1_000_000_000
    static let price = 300_000

    let folder: URL
    let options: Options
    /// The plant of connector 1.
    var plant: Child { plants[0] }
    let plants: [Child]
    private(set) var node: Child
    /// The node's first line: where it is, and what may be trusted.
    let nodeLine: [String: String]
    private(set) var daemon: Child?
    /// The signer that runs on its own.
    private(set) var signer: Child?
    let nodeURL: String
    let chain: String
    let owner: String
    let driver: String
    private let nodeArguments: [String]

    init(_ options: Options = Options()) async throws {
        self.options = options
        folder = URL(fileURLWithPath: NSTemporaryDirectory()).appendingPathComponent(
            "ws-\(UInt32.random(in: .min ... .max))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let started = try await Self.startPlants(options, in: folder)
        plants = started.map(\.plant)

        owner = try Self.run("platform-node", ["wallet", "new", "--key", folder.path + "/owner.key"])
        driver = try Self.run("platform-node", ["wallet", "new", "--key", folder.path + "/driver.key"])
        if let neighbour = options.neighbour {
            (node, nodeArguments, nodeLine) = (neighbour.node, neighbour.nodeArguments, neighbour.nodeLine)
        } else {
            let port = try Self.freePort()
            var words = [
                "standalone", "--home", folder.path + "/node", "--rpc", "127.0.0.1:\(port)", "--block-interval",
                "\(options.blockInterval)", "--chain-id", "wattseal-test", "--account",
                "\(driver)=\(Self.driverFunds)",
            ]
            if options.releases {
                let governance = folder.path + "/governance.json"
                try "{\"threshold\": \"1\", \"members\": [\"\(owner)\"], \"release_authorities\": [\"\(owner)\"]}"
                    .write(toFile: governance, atomically: true, encoding: .utf8)
                words += ["--governance", governance]
            }
            nodeArguments = words
            node = try Child(Binaries.path("platform-node"), nodeArguments, name: "node", in: folder)
            nodeLine = try await node.ready()
        }
        nodeURL = try #require(nodeLine["rpc"])
        chain = try #require(nodeLine["chain"])

        try Self.writeMeterProfile(options, in: folder)
        let ledger = try await options.ledgerURL?(nodeURL) ?? nodeURL
        let text = try Self.configuration(
            options, owner: owner, lines: started.map(\.line), chain: chain, ledger: ledger,
            height: #require(nodeLine["height"]), hash: #require(nodeLine["hash"]))
        try text.write(to: folder.appendingPathComponent("wattseald.toml"), atomically: true, encoding: .utf8)
    }

    /// The shipped profile of the meter, with what the simulated one is known to do: it renews its registers every 100 ms. A
    /// final reading asked for within that time after the opening may be older than it.
    private static func writeMeterProfile(_ options: Options, in folder: URL) throws {
        let name = options.meter == "sdm630" ? "eastron-sdm630" : "schneider-iem3155"
        let shipped = try String(contentsOfFile: "\(Binaries.repository)/Board/meters/\(name).toml", encoding: .utf8)
        let stated = shipped.replacingOccurrences(of: "[link]\n", with: "[link]\nrefresh_ms = 100\n")
        #expect(stated != shipped, "the profile has a [link] table")
        try stated.write(to: folder.appendingPathComponent("meter.toml"), atomically: true, encoding: .utf8)
    }

    /// Starts a plant for each connector; with each the meter's line in the daemon's configuration.
    private static func startPlants(
        _ options: Options, in folder: URL
    ) async throws -> [(plant: Child, line: String)] {
        var started: [(plant: Child, line: String)] = []
        for connector in 1...options.connectors {
            let place = "\(folder.path)/\(connector)."
            let meter = options.bus == "tcp" ? ["--meter-tcp", "127.0.0.1:0"] : ["--meter-rtu", "\(place)tty"]
            let plant = try Child(
                Binaries.path("plant"),
                [
                    "--socket", "\(place)sock", "--control", "\(place)control", "--meter", options.meter,
                    "--energy-factor", "\(options.energyFactor)",
                ] + meter + (options.fuse != nil && connector == 1 ? ["--mains-unit", "2"] : []),
                name: "plant-\(connector)", in: folder)
            let ready = try await plant.ready()
            if options.bus == "tcp" {
                let address = try #require(ready["tcp"]).split(separator: ":")
                started.append((plant, ".tcp]\nhost = \"\(address[0])\"\nport = \(address[1])"))
            } else {
                started.append((plant, ".rtu]\ndevice = \"\(place)tty\""))
            }
        }
        return started
    }

    private static func configuration(
        _ options: Options, owner: String, lines: [String], chain: String, ledger: String, height: String, hash: String
    ) -> String {
        let connectors = lines.enumerated().map { index, line in
            """
            [[connector]]
            maximum_current_ma = 32000
            mains_phases = "L1L2L3"
            [connector.board]
            profile = "\(Binaries.repository)/Board/profiles/\(options.board).toml"
            plant_socket = "\(index + 1).sock"
            [connector.meter]
            profile = "meter.toml"
            poll_ms = 300
            [connector.meter\(line)
            """
        }
        return """
            schema = "wattseald/1"
            home = "\(options.home ?? "device")"
            [device]
            product = "\(options.product)"
            serial = "1"
            owner = "\(owner)"
            [ledger]
            chain_id = "\(chain)"
            rpc = "\(ledger)"
            trust_height = \(height)
            trust_hash = "\(hash)"
            \(connectors.joined(separator: "\n"))
            \(options.supply.map { "[supply]\nmaximum_current_ma = \($0)" } ?? "")
            \(options.fuse.map { mains($0, line: lines[0]) } ?? "")
            \(options.vouchers ? offline : "")
            \(options.tables)
            \(options.separateSigner ? "[keys]\nsigner = \"signer.sock\"" : "")
            [simulation]
            energy_factor = \(options.energyFactor)
            [status]
            socket = "status.sock"
            [control]
            socket = "control.sock"
            """
    }

    private static let offline = """
        [offline]
        policy = "vouchers"
        session_limit_micro = 5000000
        unsettled_limit_micro = 20000000
        """

    /// The plant's mains meter is an SDM630.
    private static func mains(_ fuse: Int, line: String) -> String {
        """
        [mains]
        profile = "\(Binaries.repository)/Board/meters/eastron-sdm630.toml"
        unit = 2
        poll_ms = 500
        fuse_ma = \(fuse)
        fail_safe_ma = 7000
        [mains\(line)
        """
    }

    /// Starts the daemon, or starts it again.
    func startDaemon() throws {
        daemon = try Child(
            Binaries.path("wattseald"), ["--config", configurationPath], name: "wattseald", in: folder)
    }

    /// Starts the signer that runs on its own, or starts it again.
    func startSigner() throws {
        signer = try Child(
            Binaries.path("wattseald"), ["--signer", "--config", configurationPath], name: "signer", in: folder)
    }

    var configurationPath: String { folder.path + "/wattseald.toml" }

    /// The process that has the keys: the signer that runs on its own, or the daemon's child.
    func signerProcess() throws -> pid_t {
        if options.separateSigner { return try #require(signer?.process.processIdentifier) }
        let daemon = try #require(self.daemon?.process.processIdentifier)
        for task in try FileManager.default.contentsOfDirectory(atPath: "/proc/\(daemon)/task") {
            let children = try String(contentsOfFile: "/proc/\(daemon)/task/\(task)/children", encoding: .utf8)
            if let child = children.split(separator: " ").compactMap({ pid_t($0) }).first { return child }
        }
        throw RigError.failed("the daemon has no signer")
    }

    /// Starts the node again on its old home and port.
    func restartNode() async throws {
        node = try Child(Binaries.path("platform-node"), nodeArguments, name: "node", in: folder)
        try await wait("the node's RPC", seconds: 60) {
            (try? Self.run("platform-node", ["wallet", "balance", "--account", self.driver, "--rpc", self.nodeURL]))
                != nil
        }
    }

    var journal: String { (options.home ?? folder.path + "/device") + "/journal" }
    var daemonLog: String {
        (try? String(contentsOf: folder.appendingPathComponent("wattseald.log"), encoding: .utf8)) ?? ""
    }

    /// The owner publishes a price and registers the charger; the driver grants money.
    func registerAndGrant() async throws {
        try await wait("the daemon's status", seconds: 30) { (try? self.status()) != nil }
        let genesis = folder.path + "/genesis.cose"
        _ = try Self.run(
            "wattseal", ["records", "export", "--journal", journal, "--chain", "0", "--to", "1", "-o", genesis])
        let tariff = try Self.run(
            "platform-node", ["wallet", "tariff", "--name", "Test", "--price", "\(Self.price)"] + signed("owner"))
        _ = try Self.run(
            "platform-node", ["wallet", "register", "--genesis", genesis, "--tariff", tariff] + signed("owner"))
        guard options.grant > 0 else { return }
        for connector in 1...options.connectors { try grant(options.grant, tariff: tariff, connector: connector) }
    }

    /// The driver grants money for a connector.
    func grant(_ amount: Int, tariff: String, connector: Int = 1) throws {
        let device = try string("device", in: status())
        _ = try Self.run(
            "platform-node",
            [
                "wallet", "grant", "--device", device, "--chain", "\(connector)", "--amount", "\(amount)", "--tariff",
                tariff,
                "--expires-in", "7200",
            ] + signed("driver"))
    }

    /// The options of a `wallet` command that this account sends.
    func signed(_ who: String) -> [String] { ["--key", "\(folder.path)/\(who).key", "--rpc", nodeURL] }

    func balance(of account: String) throws -> Int {
        let text = try Self.run("platform-node", ["wallet", "balance", "--account", account, "--rpc", nodeURL])
        return try #require(Int(text), "a balance is a number: \(text)")
    }

    /// A line to a connector's plant.
    @discardableResult
    func tell(_ line: String, connector: Int = 1) throws -> String {
        try Self.run("plant", ["tell", "--control", "\(folder.path)/\(connector).control", line])
    }

    /// What a connector's plant knows: the oracle.
    func plantStatus(connector: Int = 1) throws -> [String: Any] {
        try Self.object(tell("status", connector: connector))
    }

    /// What the daemon says of itself.
    func status() throws -> [String: Any] {
        try Self.object(Self.run("wattseal", ["status", "--socket", folder.path + "/status.sock", "--json"]))
    }

    /// The signed records of a chain, as `records show` prints them.
    func records(chain: Int) throws -> [[String: Any]] {
        try Self.run("wattseal", ["records", "show", "--journal", journal]).split(separator: "\n")
            .map { try Self.object(String($0)) }.filter { $0["chain"] as? Int == chain }
    }

    /// Waits until something holds.
    func wait(_ what: String, seconds: Double, until holds: () throws -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while ContinuousClock.now < deadline {
            if try holds() { return }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw RigError.late("\(what): not within \(seconds) s; the daemon says: \(daemon?.words ?? "nothing")")
    }

    /// Ends everything; a folder of a test that failed is kept.
    func end() {
        if let daemon, daemon.process.isRunning { daemon.stop() }
        if let signer, signer.process.isRunning { signer.stop() }
        if options.neighbour == nil { node.stop() }
        for plant in plants { plant.stop() }
    }

    /// Runs a program to its end and answers its output without the last newline.
    @discardableResult
    static func run(_ program: String, _ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program.hasPrefix("/") ? program : try Binaries.path(program))
        process.arguments = arguments
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let words = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw RigError.failed(
                "\(program) \(arguments.joined(separator: " ")): \(process.terminationStatus): \(words)\(text)")
        }
        return text.trimmingCharacters(in: .newlines)
    }

    static func object(_ json: String) throws -> [String: Any] {
        try #require(JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any], "no object: \(json)")
    }

    static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr = in_addr(s_addr: UInt32(0x7F00_0001).bigEndian)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let port: UInt16? = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                guard bind(descriptor, $0, length) == 0, getsockname(descriptor, $0, &length) == 0 else { return nil }
                return UInt16(bigEndian: pointer.pointee.sin_port)
            }
        }
        return Int(try #require(port, "no free port"))
    }
}

/// A member of a JSON object, by dots: `connector.state`.
private func member(_ path: String, in object: [String: Any]) throws -> Any {
    var current: Any = object
    for key in path.split(separator: ".") {
        guard let next = (current as? [String: Any])?[String(key)] else {
            throw RigError.failed("no \(path) in \(object)")
        }
        current = next
    }
    return current
}

func integer(_ path: String, in object: [String: Any]) throws -> Int {
    try #require(member(path, in: object) as? Int, "\(path) is no integer")
}

func string(_ path: String, in object: [String: Any]) throws -> String {
    try #require(member(path, in: object) as? String, "\(path) is no text")
}

func bool(_ path: String, in object: [String: Any]) throws -> Bool {
    try #require(member(path, in: object) as? Bool, "\(path) is no boolean")
}
