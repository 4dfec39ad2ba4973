import ArgumentParser
import Firmware

/// `wattseal check`: configuration, board and meter profiles.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Validates configuration files and profiles; every problem with its line.")

    @Argument(help: "The files.")
    var files: [String]

    @Flag(help: "Check for a wattseald that is started with --bench: a configuration may name a bench board.")
    var bench = false

    func run() throws {
        var hasMistakes = false
        for file in files {
            do {
                let words = try ConfigurationCheck.run(path: file, benchAllowed: bench)
                print("\(file): valid" + (words.isEmpty ? "" : "; \(words)"))
            } catch {
                hasMistakes = true
                FileBytes.complain("\(error)")
            }
        }
        if hasMistakes { throw ExitCode.failure }
    }
}
