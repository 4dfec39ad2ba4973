import ArgumentParser
import FoundationEssentials
import Glibc
import ServiceShell

/// `run`: a list of checks at a charger, and a report of it.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Carries out a list of checks at a charger, and reports what holds.",
        discussion: """
            The list is JSON: {"name": …, "steps": [{"name": …, "run": "meter", "args": {…}, "expect": {"meters[*].lost": false}, \
            "within_s": 30}, {"run": …, "fails": "E_INTERLOCK"}]}. A condition is a value, or one of {"least": …, "most": …}, \
            {"one_of": […]}, {"not": …}, {"contains": …}, {"present": true}. Ends with 0 where all holds, with 1 where not.
            """)

    @Argument(help: "The list of checks.")
    var checks: String

    @Argument(help: "The serial device, for example /dev/ttyUSB0.")
    var device: String

    @Option(help: "Bits a second.")
    var baud = 115_200

    @OptionGroup var login: LoginOptions

    @Option(help: ArgumentHelp("Where to write the report as a page.", valueName: "file"))
    var html: String?

    func run() throws {
        let list = try Self.list(checks)
        let signer = try login.signer()
        let line = try TerminalDevice(path: device, baud: baud)
        defer { withExtendedLifetime(line) {} }
        if let signer { _ = try LoginExchange(line: line.descriptor, device: device).logIn(signer) }
        var run = CheckRun(over: MachineLine(descriptor: line.descriptor, device: device))
        let report = try run.report(
            on: list, device: device, moment: Date().ISO8601Format(), technician: signer?.certificate.name)
        print(report.text, terminator: "")
        if let html { try Data(report.page.utf8).write(to: URL(filePath: html)) }
        if !report.holds { throw ExitCode(1) }
    }

    /// - Throws: `StationError.content` with the place of what is wrong.
    static func list(_ path: String) throws -> CheckList {
        let bytes = try Data(contentsOf: URL(filePath: path))
        let value: JSONValue
        do { value = try JSONDecoder().decode(JSONValue.self, from: bytes) } catch {
            throw StationError.content(path: path, reason: "is no JSON: \(error)")
        }
        do throws(CheckFault) { return try CheckList(reading: value) } catch {
            throw StationError.content(path: path, reason: "\(error)")
        }
    }
}
