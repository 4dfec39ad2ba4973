import ArgumentParser
import ServiceShell

/// Who gives the commands.
struct LoginOptions: ParsableArguments {
    @Option(help: "The technician's key: Ed25519 in PEM; without it, somebody must be logged in already.")
    var key: String?

    @Option(help: "The technician's certificate.")
    var certificate: String?

    @Option(help: "The role to take: viewer, service, commission or vendor.")
    var role = "service"

    /// nil where nobody is to log in.
    func signer() throws -> LoginSigner? {
        guard let key else { return nil }
        guard let certificate else {
            throw StationError.option(name: "certificate", expected: "a file", found: "")
        }
        guard let role = AccessRole(name: role), role != .none else {
            throw StationError.option(name: "role", expected: "viewer, service, commission or vendor", found: role)
        }
        return LoginSigner(
            key: try ReleaseKeyFile.read(path: key), certificate: try CertificateFile.read(path: certificate),
            role: role)
    }
}
