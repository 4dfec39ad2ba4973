import ArgumentParser

/// The technician's side of the serial line, and the release engineer's side of a bundle.
@main
struct ServiceStation: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "service-station",
        abstract: "Opens a charger's service shell; signs, checks and sends firmware bundles; makes roots.",
        subcommands: [
            ConsoleCommand.self, LoginCommand.self, CertificateCommand.self, PhoneCodeCommand.self, SignCommand.self,
            VerifyCommand.self, BundleCommand.self, RootCommand.self, SendCommand.self, ArchiveCommand.self,
            RunCommand.self,
        ])
}
