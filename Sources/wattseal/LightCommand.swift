import ArgumentParser

/// `wattseal light …`: the light client's verdicts from a shell.
struct LightCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "light",
        abstract: "Judges headers and state proofs by the light client's rules.",
        subcommands: [
            LightVerifyCommand.self, LightProofCommand.self, LightProofOpsCommand.self, LightSyncCommand.self,
        ])
}

/// The exit codes of the light commands (INTERFACES).
enum LightExit {
    static let notEnoughTrust = ExitCode(2)
    static let expired = ExitCode(3)
    static let invalid = ExitCode(4)

    /// Prints `invalid: REASON` and ends with its code.
    static func refuse(_ reason: some CustomStringConvertible) -> ExitCode {
        print("invalid: \(reason)")
        return invalid
    }
}
