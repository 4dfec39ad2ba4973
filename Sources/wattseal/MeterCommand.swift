import ArgumentParser
import Metering
import Quantities

/// `wattseal meter …`: a meter on the bench.
struct MeterCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "meter", abstract: "Talks to a meter.",
        subcommands: [MeterReadCommand.self, MeterScanCommand.self])
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
        let profile = try MeterProfile.loaded(path: self.profile)
        let meter = try MeterConfiguration(
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
            let (host, port) = try MeterAddress.tcp(tcp)
            return .tcp(host: host, port: port)
        }
        let (device, baud, format) = try MeterAddress.rtu(rtu ?? "")
        return .rtu(device: device, line: try profile.serialLine(baud: baud, format: format))
    }
}
