internal import DeviceKeys
internal import Logging
internal import SignedRecords

/// How the daemon comes to its signer.
enum SignerAccess {
    /// The daemon's key store: the signer that runs on its own, or one that this process starts from its own executable.
    ///
    /// No private key is ever in this process.
    static func connect(
        _ keys: FirmwareConfiguration.Keys, configurationPath: String, logger: Logger
    ) throws(FirmwareError) -> any KeyStore {
        let endpoint: SignerEndpoint
        if let path = keys.signer {
            endpoint = .socket(path: path)
        } else {
            // The link of the running program stays right when an update has replaced its file.
            let launcher = SignerLauncher(
                program: "/proc/self/exe",
                arguments: ["--signer", "--config", configurationPath, "--inherited-socket"])
            endpoint = .child(launcher)
        }
        do throws(KeyStoreError) {
            return try SignerClient(endpoint, log: { logger.warning("keys: \($0)") })
        } catch {
            throw .room("keys", reason: "\(error)")
        }
    }
}
