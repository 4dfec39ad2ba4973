import ArgumentParser
import FoundationEssentials
import Glibc
import Metering
import Quantities

/// `wattseal meter scan`: which meters are on a line, and how they speak.
struct MeterScanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scan",
        abstract: "Finds meters: rate, parity, unit and model. Exit 0 when a known meter was found.",
        discussion: "On a serial line every rate and format is tried; that takes long unless --units is short.")

    @Option(help: "The folder with the meter profiles to recognise.")
    var profiles: String

    @Option(help: "Modbus TCP: HOST:PORT.")
    var tcp: String?

    @Option(help: "Modbus RTU: DEVICE[,BAUD[,FORMAT]]; what is left out is searched.")
    var rtu: String?

    @Option(help: "Units to try: FIRST-LAST or one number.")
    var units = "1-247"

    @Flag(help: "One JSON object a unit that answers.")
    var json = false

    func validate() throws {
        guard (tcp == nil) != (rtu == nil) else { throw ValidationError("expected one of --tcp and --rtu") }
    }

    func run() throws {
        let profiles = try readProfiles()
        let scan = MeterScan(target: try target(profiles), units: try unitNumbers(), profiles: profiles)
        var isKnown = false
        try scanForMeters(scan) { line in
            note("\(line.map { "\($0)" } ?? "TCP"): units \(units)")
        } finds: { finding in
            if !finding.matches.isEmpty { isKnown = true }
            print(json ? finding.json : MeterFindingText(finding).text)
        }
        if !isKnown { throw ExitCode.failure }
    }

    /// To standard error: the results stay by themselves.
    private func note(_ words: String) {
        let bytes = Array((words + "\n").utf8)
        _ = write(2, bytes, bytes.count)
    }

    private func readProfiles() throws -> [MeterProfile] {
        let names = try? FileManager.default.contentsOfDirectory(atPath: profiles).filter { $0.hasSuffix(".toml") }
        guard let names, !names.isEmpty else {
            throw CommandError.argument(name: "--profiles", expected: "a folder with profiles", found: profiles)
        }
        return try names.sorted().map { try MeterProfile.loaded(path: profiles + "/" + $0) }
    }

    private func target(_ profiles: [MeterProfile]) throws -> MeterScan.Target {
        if let tcp {
            let (host, port) = try MeterAddress.tcp(tcp)
            return .tcp(host: host, port: port)
        }
        let (device, baud, format) = try MeterAddress.rtu(rtu ?? "")
        let lines = MeterScan.lines(of: profiles).filter { line in
            (baud == nil || line.baud == baud) && (format == nil || line.format == format)
        }
        guard !lines.isEmpty else {
            throw CommandError.argument(
                name: "--rtu", expected: "a rate and a format that meters have", found: rtu ?? "")
        }
        return .rtu(device: device, lines: lines)
    }

    private func unitNumbers() throws -> [UInt8] {
        let parts = units.split(separator: "-", omittingEmptySubsequences: false).map { UInt8($0) }
        guard (1...2).contains(parts.count), let first = parts[0], let last = parts[parts.count - 1], first <= last,
            (1...247).contains(first), last <= 247
        else { throw CommandError.argument(name: "--units", expected: "FIRST-LAST within 1 to 247", found: units) }
        return Array(first...last)
    }
}
