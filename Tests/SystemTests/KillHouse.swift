import Foundation
import LoopDisk
import Testing

extension KillTests {
    /// A charger whose journal and keys lie on a disk of its own, whose signer is a process of its own, and whose way to the
    /// ledger is written down.
    final class House {
        let rig: Rig
        private let disk: LoopDisk
        private let relay: Child
        private let published: String
        private var start = 0
        /// What stood in the journal after the last kill, by chain.
        private var exported: [Int: Data] = [:]

        init() async throws {
            let folder = URL(fileURLWithPath: NSTemporaryDirectory()).appendingPathComponent(
                "kills-\(UInt32.random(in: 0 ... .max))")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            disk = try LoopDisk(megabytes: 256, in: folder.path)
            published = folder.path + "/published"
            let python = try #require(Binaries.python)
            let script = "\(Binaries.repository)/Tests/Peers/published_records.py"
            var started: Child?
            var options = Rig.Options()
            options.meter = "iem3155"
            options.grant = 900_000_000
            options.home = disk.path + "/device"
            options.separateSigner = true
            options.ledgerURL = { [published] node in
                let child = try Child(python, [script, "relay", node, published], name: "relay", in: folder)
                started = child
                return try #require(try await child.ready()["rpc"])
            }
            rig = try await Rig(options)
            relay = try #require(started)
            try rig.startSigner()
            try rig.startDaemon()
            try await rig.registerAndGrant()
            start = try inSteps(integer("meter_import_mwh", in: rig.plantStatus()))
            try rig.tell("want on")
            try rig.tell("plug")
            try await rig.wait("the first closing", seconds: 30) { try self.isClosed() }
        }

        func end() {
            rig.end()
            relay.killNow()
            do { try disk.detach() } catch { Issue.record("the disk: \(error)") }
        }

        // MARK: Deaths

        /// Kills, sees what must be seen, and starts again what died; whether it died as asked.
        func kill(_ victim: Victim, occurrence: Int) async throws -> Bool {
            let before = try rig.plantStatus()
            switch victim {
            case .daemon: rig.daemon?.killNow()
            case .signer: rig.signer?.killNow()
            case .both:
                rig.signer?.killNow()
                rig.daemon?.killNow()
            case .daemonBeforeWrite: try await strike(rig.daemon, at: "pwrite64", occurrence)
            case .signerBeforeAnswer: try await strike(rig.signer, at: "sendto,sendmsg,write", occurrence)
            }
            let daemonDied = rig.daemon?.process.isRunning != true
            let signerDied = rig.signer?.process.isRunning != true
            if daemonDied { try await seeOpen(since: before, at: victim) }
            if signerDied { try rig.startSigner() }
            if daemonDied { try rig.startDaemon() }
            return daemonDied || signerDied
        }

        /// Kills a process on entering the n-th of some system calls from now on: that call is not carried out.
        private func strike(_ child: Child?, at calls: String, _ occurrence: Int) async throws {
            let child = try #require(child)
            let strace = try Child(
                "/usr/bin/strace",
                [
                    "-f", "-qq", "-p", "\(child.process.processIdentifier)", "-e", "trace=\(calls)", "-e",
                    "inject=\(calls):signal=SIGKILL:when=\(occurrence)", "-o", "/dev/null",
                ], name: "strace", in: rig.folder)
            let deadline = ContinuousClock.now + .seconds(12)
            while child.process.isRunning, ContinuousClock.now < deadline {
                try await Task.sleep(for: .milliseconds(20))
            }
            if child.process.isRunning { strace.stop() }
        }

        /// After the daemon's death the gate drops, and nothing closed that no record stood for.
        private func seeOpen(since before: [String: Any], at victim: Victim) async throws {
            try await rig.wait("the contactor to open", seconds: 5) { try !self.isClosed() }
            let after = try rig.plantStatus()
            if try string("contactor", in: before) == "closed" {
                let delay = try integer("last_opened_ns", in: after) - integer("last_pulse_ns", in: after)
                #expect(delay <= KillTests.gateLimit, "\(victim): opened \(delay) ns after the last pulse")
            }
            let operations = try integer("operations", in: after)
            let begins = try rig.records(chain: 1).filter {
                try ["begin", "resume"].contains(string("kind", in: $0))
            }.count
            #expect(operations <= begins, "\(victim): closed \(operations) times on \(begins) begin and resume records")
        }

        func charging(_ after: String) async throws {
            try await rig.wait("charging after \(after)", seconds: 60) { try self.isClosed() }
        }

        // MARK: What must be so

        /// What was durable stays as it was.
        func checkUnchanged() throws {
            for chain in 0...1 {
                let file = rig.folder.appendingPathComponent("export.\(chain)")
                try Rig.run(
                    "wattseal", ["records", "export", "--journal", rig.journal, "--chain", "\(chain)", "-o", file.path])
                let now = try Data(contentsOf: file)
                #expect(now.starts(with: exported[chain] ?? Data()), "chain \(chain): a durable record changed")
                exported[chain] = now
            }
        }

        /// Records, meter, money and what was sent tell one story.
        func check() throws {
            try checkStory()
            let export = rig.folder.path + "/export"
            try Rig.run("wattseal", ["records", "export", "--journal", rig.journal, "-o", export])
            try Rig.run("wattseal", ["records", "verify", export])
            let script = "\(Binaries.repository)/Tests/Peers/published_records.py"
            print(try Rig.run(#require(Binaries.python), [script, "check", published, export]))
            #expect(rig.daemon?.stop() == 0)
            #expect(rig.signer?.stop() == 0)
        }

        private func checkStory() throws {
            let records = try rig.records(chain: 1)
            var register = start
            var (energy, paid, owner) = (0, 0, 0)
            var begun: [String: Any]?
            for record in records {
                switch try string("kind", in: record) {
                case "begin":
                    #expect(begun == nil, "a session begins inside another")
                    // No energy flowed outside a session: it begins where the last one ended.
                    #expect(try integer("body.reading.import_mwh", in: record) == register)
                    begun = record
                case "end":
                    let begin = try #require(begun, "an end without a begin")
                    register = try integer("body.reading.import_mwh", in: record)
                    let used = try integer("body.energy_mwh", in: record)
                    #expect(try used == register - integer("body.reading.import_mwh", in: begin))
                    energy += used
                    let price = used * Rig.price / 1_000_000
                    paid += price
                    owner += price - price * 250 / 10_000
                    begun = nil
                default: continue
                }
            }
            #expect(begun == nil, "the last session has no end")
            let truth = try inSteps(integer("meter_import_mwh", in: rig.plantStatus()))
            #expect(register == truth, "the last end is at \(register) mWh, the meter at \(truth) mWh")
            #expect(energy == truth - start)
            // To the last microunit: each session rounds its price and the platform's share of it down.
            #expect(try rig.balance(of: rig.owner) == owner)
            #expect(try rig.balance(of: rig.driver) == Rig.driverFunds - rig.options.grant)
            let ends = try records.filter { try string("kind", in: $0) == "end" }
            let restarts = try ends.filter { try string("body.reason", in: $0) == "restart" }
            let counters = try disk.counters()
            print(
                "\(ends.count) sessions, \(restarts.count) ended by a restart, \(energy) mWh, paid \(paid); "
                    + "\(records.count) records, \(counters.bytes) bytes and \(counters.flushes) flushes on the disk")
        }

        /// The plant's register as this meter shows it: whole watt-hours.
        private func inSteps(_ register: Int) -> Int { register / 1_000 * 1_000 }

        private func isClosed() throws -> Bool { try string("contactor", in: rig.plantStatus()) == "closed" }
    }
}
