public import DiagnosticsArchive
internal import FoundationEssentials
internal import Glibc
internal import Journal
public import SignedRecords

/// Gathers what helps somebody elsewhere to see what is wrong with a device: without its secrets, and without who paid.
///
/// It reads what the daemon writes and asks its sockets; a daemon that does not run leaves less to gather, and `about.json` says
/// what is missing and why.
public struct Diagnostics: Sendable {
    private let configuration: FirmwareConfiguration
    private let records: Int
    private let flights: Int

    /// The flight recordings that go with it where nobody says: the newest two.
    private static let usualFlights = 2
    private static let largestFlight = 16 << 20
    private static let faults = 500

    /// - Parameter records: How many of the newest records are listed.
    public init(_ configuration: FirmwareConfiguration, records: Int) {
        self.init(configuration, records: records, flights: Self.usualFlights)
    }

    /// - Parameter flights: how many of the newest flight recordings go with it.
    init(_ configuration: FirmwareConfiguration, records: Int, flights: Int) {
        self.configuration = configuration
        self.records = records
        self.flights = flights
    }

    private struct About: Encodable {
        let format = "wattseal-diagnostics/1"
        let tool = FirmwareVersion.text
        let utcMS: Int64
        let product: String
        let serial: String
        let machine: MachineFacts
        /// What could not be gathered, and why.
        let missing: [String: String]

        enum CodingKeys: String, CodingKey {
            case format, tool, product, serial, machine, missing
            case utcMS = "utc_ms"
        }
    }

    private struct JournalSheet: Encodable {
        struct Chain: Encodable {
            let number: UInt32
            let head: UInt64
            let acknowledged: UInt64
        }
        let records: Int
        let chains: [Chain]
        /// Where something durable has changed, or empty.
        let corruption: String
    }

    /// The archive, ready to be signed, and the device that it is of.
    public func gather() throws(FirmwareError) -> (archive: DiagnosticsArchive, device: DeviceID?) {
        let found = try gather(of: nil)
        return (found.archive, found.device)
    }

    /// The archive, the device that it is of, and what is missing in it by file and reason.
    ///
    /// - Parameter report: the daemon's own status, where it gathers by itself; nil asks its socket.
    func gather(
        of report: StatusReport?
    ) throws(FirmwareError) -> (archive: DiagnosticsArchive, device: DeviceID?, missing: [String: String]) {
        let nodes = NodeAddresses(configuration.ledger)
        var files = [
            ArchiveFile(
                name: "configuration.txt",
                text: ConfigurationExcerpt.lines(of: configuration.content).map { $0 + "\n" }.joined())
        ]
        var missing: [String: String] = [:]
        var device: DeviceID?
        do { files.append(try status(nodes, report)) } catch { missing["status.json"] = nodes.shortened("\(error)") }
        do {
            let reader = try JournalReader(directory: configuration.home + "/journal")
            device = try JournalReader.genesis(directory: configuration.home + "/journal")?.record.device
            files += try journal(reader)
        } catch {
            missing["journal.json"] = "\(error)"
        }
        do { files += try flightRecordings() } catch { missing["flight"] = "\(error)" }
        let about = About(
            utcMS: SystemClock.utcMilliseconds(), product: configuration.device.product,
            serial: configuration.device.serial, machine: MachineFacts.now(home: configuration.home), missing: missing)
        files.append(ArchiveFile(name: "about.json", text: Self.json(about) + "\n"))
        do { return (try DiagnosticsArchive(files), device, missing) } catch {
            throw .room("diagnostics", reason: "\(error)")
        }
    }

    private func status(_ nodes: NodeAddresses, _ known: StatusReport?) throws(FirmwareError) -> ArchiveFile {
        let report: StatusReport
        if let known {
            report = known
        } else if let path = configuration.statusSocket {
            report = try StatusClient.read(socketPath: path)
        } else {
            throw .room("status", reason: "the configuration names no status socket")
        }
        return ArchiveFile(name: "status.json", text: nodes.shortened(report.withoutPayers.json()) + "\n")
    }

    /// Statistics, the newest records, and every fault that was put on record.
    private func journal(_ reader: JournalReader) throws -> [ArchiveFile] {
        var newest: [SignedRecord] = []
        var faults: [SignedRecord] = []
        for chain in reader.chains {
            let head = reader.head(of: chain)?.sequence ?? 0
            try reader.forEach(of: chain) { signed in
                if head - signed.record.sequence < UInt64(records) { newest.append(signed) }
                guard case .event(let event) = signed.record.body else { return }
                switch event {
                case .faultLatched, .faultCleared: faults.append(signed)
                case .wear, .residualSelfTest, .technicianAction, .configurationChange: break
                }
            }
        }
        let chains = reader.chains.map {
            JournalSheet.Chain(
                number: $0.rawValue, head: reader.head(of: $0)?.sequence ?? 0,
                acknowledged: reader.acknowledged(of: $0))
        }
        let sheet = JournalSheet(
            records: reader.count, chains: chains, corruption: reader.corruption.map { "\($0)" } ?? "")
        let acknowledged = chains.map {
            StatusReport.Records.Chain(number: $0.number, head: $0.head, acknowledged: $0.acknowledged)
        }
        func lines(_ found: [SignedRecord], _ limit: Int) -> String {
            RecentRecords(found, limit: limit).listed(acknowledged).map { Self.json($0) + "\n" }.joined()
        }
        return [
            ArchiveFile(name: "journal.json", text: Self.json(sheet) + "\n"),
            ArchiveFile(name: "records.jsonl", text: lines(newest, records)),
            ArchiveFile(name: "faults.jsonl", text: lines(faults, Self.faults)),
        ]
    }

    private func flightRecordings() throws(FirmwareError) -> [ArchiveFile] {
        let folder = configuration.home + "/flight"
        var files: [ArchiveFile] = []
        for name in try FlightArchive.recordings(in: folder).suffix(flights) {
            let bytes = try SmallFile.readBytes("\(folder)/\(name)", limit: Self.largestFlight)
            if let bytes { files.append(ArchiveFile(name: "flight/\(name)", bytes: bytes)) }
        }
        return files
    }

    private static func json(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let bytes = try? encoder.encode(value) else { return "{}" }
        return String(decoding: bytes, as: UTF8.self)
    }
}
