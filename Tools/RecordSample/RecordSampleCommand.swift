import ArgumentParser
import Glibc
import Quantities
import RecordSamples
import SignedRecords

/// `record-sample`: writes an export of one device from a seed, as large as asked, for measurements and for trying tools.
@main
struct RecordSampleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record-sample", abstract: "Writes a sample export of one device's year; prints what is in it.")

    @Option(help: "The same seed gives the same export.")
    var seed: UInt64 = 1
    @Option(help: "About nine records a session.")
    var sessions = 2_000
    @Option(help: "Connectors, 1 to 32.")
    var connectors: UInt8 = 3
    @Option(name: .shortAndLong, help: "Where to write.")
    var output: String

    func validate() throws {
        guard sessions >= 1 else { throw ValidationError("--sessions \(sessions): at least 1") }
        guard (1...32).contains(connectors) else { throw ValidationError("--connectors \(connectors): 1 to 32") }
    }

    func run() throws {
        let year = try SampleYear(seed: seed, sessions: sessions, connectors: connectors)
        guard let file = fopen(output, "w") else {
            throw ValidationError("\(output): \(String(cString: strerror(errno)))")
        }
        for signed in year.chains.joined() {
            guard fwrite(signed.message, 1, signed.message.count, file) == signed.message.count else {
                throw ValidationError("\(output): \(String(cString: strerror(errno)))")
            }
        }
        guard fclose(file) == 0 else { throw ValidationError("\(output): \(String(cString: strerror(errno)))") }
        let records = year.chains.reduce(0) { $0 + $1.count }
        print(
            "{\"seed\":\(seed),\"records\":\(records),\"sessions\":\(year.sessions),"
                + "\"energy_mwh\":\(year.energy.rawValue),\"gaps\":\(year.gaps)}")
    }
}
