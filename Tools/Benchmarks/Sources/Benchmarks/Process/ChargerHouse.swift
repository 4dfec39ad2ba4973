import Glibc

/// A charger's surroundings: a plant for each connector, a ledger, and a configuration; the daemon is started in it again and
/// again.
final class ChargerHouse {
    /// What one start and a moment of rest showed.
    struct Start {
        /// Nanoseconds from the start of the process until its outputs were safe, and until it was ready.
        var safeAfter = 0.0
        var readyAfter = 0.0
        var memory: ProcessMemory
        var threads = 0.0
        var descriptors = 0.0
        var signer: ProcessMemory?
    }

    private let folder: String
    private let configuration: String
    private let log: String
    private var plants: [Child] = []
    private var relays: [PlantRelay] = []
    private var node: Child?

    init(connectors: Int, _ conditions: Benchmark.Conditions) throws {
        // A socket's name is short, and the benchmark's folder may be deep. Tools/bench removes it where this process is killed.
        folder = "/tmp/wattseal-\(getpid())-\(connectors)"
        configuration = folder + "/wattseald.toml"
        log = conditions.folder + "/daemon-\(connectors).log"
        guard mkdir(folder, 0o700) == 0 else { throw BenchmarkFailed("\(folder): mkdir failed with errno \(errno)") }
        do {
            try furnish(connectors, conditions)
        } catch {
            end()
            throw error
        }
    }

    private func furnish(_ connectors: Int, _ conditions: Benchmark.Conditions) throws {
        func program(_ name: String) -> String { "\(conditions.binaries)/\(name)" }
        var lines: [String] = []
        for number in 1...connectors {
            let plant = try Child(words: [
                program("plant"), "--socket", "\(folder)/\(number).plant", "--control", "\(folder)/\(number).control",
                "--meter", "sdm630", "--energy-factor", "60", "--meter-tcp", "127.0.0.1:0",
            ])
            plants.append(plant)
            let address = try plant.ready().fields["tcp"]?.split(separator: ":").map(String.init) ?? []
            guard address.count == 2 else { throw BenchmarkFailed("the plant does not say where its meter is") }
            relays.append(try PlantRelay(path: "\(folder)/\(number).sock", plant: "\(folder)/\(number).plant"))
            lines.append(Self.connector(number, folder, conditions.repository, host: address[0], port: address[1]))
        }
        let owner =
            try Program.output([program("platform-node"), "wallet", "new", "--key", "\(folder)/owner.key"])
            .split(separator: "\n").first.map(String.init) ?? ""
        let node = try Child(
            words: [
                program("platform-node"), "standalone", "--home", "\(folder)/ledger", "--rpc", "127.0.0.1:0",
                "--block-interval", "1000", "--chain-id", "benchmark",
            ], errors: conditions.folder + "/node.log")
        self.node = node
        try TextFile.write(Self.text(owner, try node.ready().fields, lines), to: configuration)
    }

    /// Starts the daemon, lets it rest so many microseconds, looks, and ends it.
    func start(_ program: String, settling: useconds_t) throws -> Start {
        for relay in relays { relay.forget() }
        let notice = try ReadySocket(path: "\(folder)/notice")
        let daemon = try Child(
            words: [program, "--config", configuration], environment: ["NOTIFY_SOCKET=\(notice.path)"], errors: log)
        defer { daemon.end() }
        let ready = try notice.wait(seconds: 30)
        guard let safe = relays.map(\.outputsSafeAt).max(), !relays.contains(where: { $0.outputsSafeAt == 0 }) else {
            throw BenchmarkFailed("the daemon is ready and has set no outputs")
        }
        usleep(settling)
        var start = try look(daemon)
        start.safeAfter = Double(safe - daemon.startedAt)
        start.readyAfter = Double(ready - daemon.startedAt)
        start.signer = try ProcessMemory.child(of: daemon.process).map { try ProcessMemory(of: $0) }
        return start
    }

    /// The same of a program that only says that it is ready.
    func hello(_ program: String) throws -> Start {
        let child = try Child(words: [program])
        defer { child.end() }
        let ready = try child.ready().at
        usleep(200_000)
        var start = try look(child)
        start.readyAfter = Double(ready - child.startedAt)
        return start
    }

    private func look(_ child: Child) throws -> Start {
        Start(
            memory: try ProcessMemory(of: child.process), threads: try ProcessMemory.entries(child.process, "task"),
            descriptors: try ProcessMemory.entries(child.process, "fd"))
    }

    /// Ends all of it and removes the folder.
    func end() {
        for relay in relays { relay.stop() }
        node?.end()
        for plant in plants { plant.end() }
        do { _ = try Program.output(["rm", "-r", folder]) } catch {
            Benchmarks.say("benchmarks: \(folder) is left behind: \(error)\n", to: STDERR_FILENO)
        }
    }

    private static func connector(
        _ number: Int, _ folder: String, _ repository: String, host: String, port: String
    ) -> String {
        """
        [[connector]]
        maximum_current_ma = 32000
        mains_phases = "L1L2L3"
        [connector.board]
        profile = "\(repository)/Board/profiles/simulated.toml"
        plant_socket = "\(folder)/\(number).sock"
        [connector.meter]
        profile = "\(repository)/Board/meters/eastron-sdm630.toml"
        poll_ms = 1000
        [connector.meter.tcp]
        host = "\(host)"
        port = \(port)
        """
    }

    private static func text(_ owner: String, _ ledger: [String: String], _ connectors: [String]) -> String {
        """
        schema = "wattseald/1"
        home = "device"
        [device]
        product = "Benchmark"
        serial = "1"
        owner = "\(owner)"
        [ledger]
        chain_id = "\(ledger["chain"] ?? "")"
        rpc = "\(ledger["rpc"] ?? "")"
        trust_height = \(ledger["height"] ?? "")
        trust_hash = "\(ledger["hash"] ?? "")"
        \(connectors.joined(separator: "\n"))
        [simulation]
        energy_factor = 60
        [status]
        socket = "status.sock"
        """
    }
}
