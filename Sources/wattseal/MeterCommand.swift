import ArgumentParser
import ConfigurationText
import Metering
import Quantities

/// `wattseal meter …`: a meter on the bench.
struct MeterCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "meter", abstract: "Talks to a meter.", subcommands: [MeterReadCommand.self])
}

/// `wattseal meter read`: identity, guards, then readings.
struct MeterReadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "read",
        abstract: "Reads a meter: identity, guards, then readings. Exit 0 when all readings were accepted.")

    @Option(help: "The meter profile.")
    var profile: String

    @Option(help: "Modbus TCP: HOST:PORT.")
    var tcp: String?

    @Option(help: "Modbus RTU: DEVICE[,BAUD[,FORMAT]], such as /dev/ttyUSB0,9600,8N1.")
    var rtu: String?

    @Option(help: "Modbus unit; the profile's by default.")
    var unit: UInt8?

    @Option(help: "How many readings.")
    var count = 1

    @Option(help: "The greatest power that the meter can see, in watts, for the bounds of plausibility.")
    var maximumWatts: Int64 = 55_200

    @Option(help: "How many times faster than life a simulated meter counts.")
    var energyFactor: UInt32 = 1

    @Flag(help: "One JSON object a reading.")
    var json = false

    func validate() throws {
        guard (tcp == nil) != (rtu == nil) else { throw ValidationError("expected one of --tcp and --rtu") }
        guard (1...1_000_000).contains(count) else {
            throw ValidationError("--count: expected 1 to 1000000, got \(count)")
        }
        guard PlausibilityLimits.factors.contains(energyFactor) else {
            throw ValidationError("--energy-factor: expected 1 to 1000000, got \(energyFactor)")
        }
        guard (1...10_000_000).contains(maximumWatts) else {
            throw ValidationError("--maximum-watts: expected 1 to 10000000, got \(maximumWatts)")
        }
    }

    func run() throws {
        let profile: MeterProfile
        do { profile = try MeterProfile.load(path: self.profile) } catch {
            throw CommandError.refused(
                error.mistakes.isEmpty ? "\(error)" : error.mistakes.map(\.description).joined(separator: "\n"))
        }
        let meter = MeterConfiguration(
            profile: profile, unit: unit, pollInterval: .seconds(1),
            limits: PlausibilityLimits(maximumPower: Milliwatts(maximumWatts * 1_000), energyFactor: energyFactor))
        var refused = 0
        try readMeter(MeterReadRequest(link: try link(profile), meter: meter, count: count)) { result in
            print(json ? result.json : MeterReadingText(result).text)
            if !result.isAccepted { refused += 1 }
        }
        if refused > 0 { throw ExitCode.failure }
    }

    private func link(_ profile: MeterProfile) throws -> ModbusLink {
        if let tcp {
            guard let colon = tcp.lastIndex(of: ":"), let port = UInt16(tcp[tcp.index(after: colon)...]),
                colon > tcp.startIndex
            else { throw CommandError.argument(name: "--tcp", expected: "HOST:PORT", found: tcp) }
            return .tcp(host: String(tcp[..<colon]), port: port)
        }
        let parts = (rtu ?? "").split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard (1...3).contains(parts.count), let device = parts.first, !device.isEmpty else {
            throw CommandError.argument(name: "--rtu", expected: "DEVICE[,BAUD[,FORMAT]]", found: rtu ?? "")
        }
        var baud = profile.link.line.baud
        if parts.count > 1 {
            guard let stated = Int(parts[1]) else {
                throw CommandError.argument(name: "--rtu", expected: "a baud rate", found: parts[1])
            }
            baud = stated
        }
        let format = parts.count > 2 ? parts[2] : profile.link.line.format
        return .rtu(device: device, line: try SerialLine(baud: baud, format: format))
    }
}
