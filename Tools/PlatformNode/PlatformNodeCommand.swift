import ArgumentParser
import Glibc

@main
struct PlatformNodeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "platform-node", abstract: "The ledger's node, and a wallet for it.",
        subcommands: [
            StandaloneCommand.self, ABCICommand.self, WalletCommand.self, ValidatorsCommand.self, FaultsCommand.self,
        ])

    static func main() async {
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let error as Failure {
            let line = Array("platform-node: \(error.line)\n".utf8)
            // Nobody is left to tell where standard error is gone.
            _ = write(STDERR_FILENO, line, line.count)
            Glibc.exit(1)
        } catch {
            exit(withError: error)
        }
    }
}

/// An error that is told in one line.
struct Failure: Error {
    let line: String

    /// Runs a command's work; whatever goes wrong becomes one line.
    static func reporting<Value>(
        isolation: isolated (any Actor)? = #isolation, _ work: () async throws -> Value
    ) async throws -> Value {
        do { return try await work() } catch let error as Failure { throw error } catch {
            throw Failure(line: "\(error)".replacing("\n", with: " "))
        }
    }
}
