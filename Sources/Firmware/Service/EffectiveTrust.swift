import ServiceShell

/// Whom the device believes that he is a technician: whoever the newest root names, or the configuration where that names nobody.
struct EffectiveTrust: TechnicianTrust {
    let epoch: UInt32
    private let authorities: [[UInt8]: [UInt8]]
    private let denied: Set<UInt64>

    init(_ configuration: FirmwareConfiguration.Shell, _ known: KnownTrust) {
        epoch = max(configuration.epoch, known.epoch)
        denied = configuration.denied
        authorities = Dictionary(
            (known.authorities ?? configuration.authorities).map { (TechnicianCertificate.keyID(of: $0), $0) },
            uniquingKeysWith: { first, _ in first })
    }

    func authority(_ keyID: [UInt8]) -> [UInt8]? { authorities[keyID] }

    func isDenied(serial: UInt64) -> Bool { denied.contains(serial) }
}
