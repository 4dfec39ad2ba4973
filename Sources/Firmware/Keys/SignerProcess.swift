internal import CLinux
internal import DeviceKeys
internal import Glibc
public import Logging
internal import SignedRecords

// The order is the order of trust: nothing is read before the process is closed to others, and no key is opened before this
// is the only signer that has it.

/// The signer as a process of its own (`wattseald --signer`): opens the keys and serves its socket until it is told to end.
public enum SignerProcess {
    /// - Parameters:
    ///   - inherited: The descriptor that the daemon which started this process left open, or nil where the signer runs on
    ///     its own and listens at the configured socket.
    ///   - ready: Called once, when the keys are open and the signer answers.
    ///   - stop: Answers whether to end; asked at least every 200 ms.
    public static func run(
        _ configuration: FirmwareConfiguration, inherited: Int32?, logger: Logger, ready: () -> Void = {},
        until stop: () -> Bool
    ) throws(FirmwareError) {
        for refusal in SignerHardening.apply() { logger.warning("\(refusal)") }
        do throws(KeyStoreError) {
            try serve(configuration, inherited: inherited, logger: logger, ready: ready, until: stop)
        } catch {
            // Behind the start there is nobody left to read it; the daemon takes it as a refusal to start.
            if let inherited { SignerServer.report(error, to: inherited) }
            throw .room("signer", reason: "\(error)")
        }
    }

    private static func serve(
        _ configuration: FirmwareConfiguration, inherited: Int32?, logger: Logger, ready: () -> Void,
        until stop: () -> Bool
    ) throws(KeyStoreError) {
        let keys = configuration.keys
        if inherited == nil, keys.signer == nil {
            throw .refused("[keys] signer names no socket to listen at; the daemon starts its own signer")
        }
        // Where both are made anew, the folder of everything comes first.
        if mkdir(configuration.home, 0o700) != 0, errno != EEXIST {
            throw .system(call: "mkdir", path: configuration.home, errno: errno)
        }
        let lock = try SignerLock(directory: keys.directory)
        defer { withExtendedLifetime(lock) {} }
        let signer = try RecordSigner(vault: try KeyVaults.open(keys))
        let server = try SignerServer(
            signer: signer, listeningAt: keys.askingSocket, inherited: inherited, user: keys.user,
            log: { logger.notice("\($0)") })
        let made = signer.madeKeys ? "new " : ""
        logger.info(
            "signer: \(made)keys of epoch \(signer.epoch), protection \(signer.protection), at \(keys.askingSocket)")
        ready()
        try server.run(until: stop)
        logger.info("signer: stopped")
    }

    /// Closes what a daemon that started this process may have left open beyond the signer's own descriptor.
    public static func closeForeignDescriptors() { _ = clinux_close_from(SignerLauncher.descriptor + 1) }

    /// The descriptor that a daemon leaves open for the signer that it starts.
    public static let inheritedDescriptor = SignerLauncher.descriptor
}
