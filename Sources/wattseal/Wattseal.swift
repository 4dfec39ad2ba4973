import ArgumentParser

/// The command line for installers, drivers and auditors. Each command prints errors as one line on standard error and
/// exits non-zero.
@main
struct Wattseal: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wattseal",
        abstract: "Checks, reads and proves what a Wattseal charger did.",
        subcommands: [
            CheckCommand.self, MeterCommand.self, RecordsCommand.self, ReceiptCommand.self, RenderCommand.self,
            VerifyCommand.self,
            LightCommand.self, StatusCommand.self, AskCommand.self, ConformanceCommand.self, ReplayCommand.self,
            KeyCommand.self, ShellCommand.self, BundleCommand.self,
        ])
}
