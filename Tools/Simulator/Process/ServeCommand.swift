import ArgumentParser
import Glibc
import Simulator

/// `plant serve`, the default: runs the plant until it is stopped.
struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Runs the plant until it is stopped.")

    @Option(help: "Unix socket for the firmware's board driver (BoardIO's SimulatedBoard).")
    var socket: String

    @Option(help: "Serve the meter over Modbus TCP at HOST:PORT; port 0 takes a free one.")
    var meterTcp: String?

    @Option(help: "Serve the meter over Modbus RTU on a pseudo-terminal that PATH is linked to.")
    var meterRtu: String?

    @Option(help: "The meter: sdm630 or iem3155.")
    var meter: String = MeterModel.sdm630.rawValue

    @Option(help: "Count each milliwatt-hour N times.")
    var energyFactor: Int = 1

    @Option(help: "Unix socket for text commands (try: help).")
    var control: String?

    @Option(help: "The meter's unit number.")
    var meterUnit: Int = 1

    @Option(help: "The meter's serial number.")
    var meterSerial: Int = 22_551_083

    @Option(help: "The meter's register at the start, in mWh.")
    var meterStart: Int = 1_234_567_000

    @Option(help: "Baud rate of the serial line, for the pace of replies.")
    var rtuBaud: Int?

    @Option(help: "Phases of the car: 1 or 3.")
    var carPhases: Int = 3

    @Option(help: "Serve a mains meter (SDM630) as this unit of the same line; `house` sets what others take.")
    var mainsUnit: Int?

    @Option(
        help: "Serve a companion microcontroller that samples the pilot on a pseudo-terminal that PATH is linked to.")
    var companion: String?

    mutating func validate() throws {
        if MeterModel(rawValue: meter) == nil {
            let known = MeterModel.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("--meter: expected one of \(known), found \"\(meter)\"")
        }
        try require("--energy-factor", energyFactor, 1...100_000)
        try require("--meter-unit", meterUnit, 1...247)
        try require("--meter-serial", meterSerial, 0...4_294_967_295)
        try require("--meter-start", meterStart, 0...4_000_000_000_000_000)
        if let mainsUnit {
            try require("--mains-unit", mainsUnit, 1...247)
            if mainsUnit == meterUnit {
                throw ValidationError("--mains-unit: expected another unit than --meter-unit, found \(mainsUnit)")
            }
        }
        if let rtuBaud { try require("--rtu-baud", rtuBaud, 300...1_000_000) }
        if carPhases != 1, carPhases != 3 { throw ValidationError("--car-phases: expected 1 or 3, found \(carPhases)") }
        if let meterTcp, HostPort(meterTcp) == nil {
            throw ValidationError("--meter-tcp: expected HOST:PORT with an IPv4 address, found \"\(meterTcp)\"")
        }
    }

    private func require(_ flag: String, _ value: Int, _ range: ClosedRange<Int>) throws {
        if !range.contains(value) {
            throw ValidationError("\(flag): expected \(range.lowerBound) to \(range.upperBound), found \(value)")
        }
    }

    mutating func run() throws {
        guard let model = MeterModel(rawValue: meter) else { return }
        let options = PlantOptions(
            socket: socket, tcp: meterTcp.flatMap { HostPort($0) }, rtu: meterRtu, control: control, model: model,
            energyFactor: Int64(energyFactor), unit: UInt8(meterUnit), serial: UInt32(meterSerial),
            start: Int64(meterStart), baud: rtuBaud.map { Int64($0) } ?? model.line.baud, carPhases: carPhases,
            mainsUnit: mainsUnit.map { UInt8($0) }, companion: companion)
        do throws(ProcessError) {
            let process = try PlantProcess(options)
            writeLine(process.readyLine, to: STDOUT_FILENO)
            process.runUntilStopped()
        } catch {
            writeLine("plant: error: \(error)", to: STDERR_FILENO)
            throw ExitCode(1)
        }
    }
}
