public import SignedRecords

/// Who a device is to technicians.
public struct LoginIdentity: Equatable, Sendable {
    public var device: DeviceID
    public var boot: BootID
    /// What patterns of certificates are held against.
    public var serial: String
    /// The site's name in the configuration; nil where it has none.
    public var site: String?

    public init(device: DeviceID, boot: BootID, serial: String, site: String? = nil) {
        self.device = device
        self.boot = boot
        self.serial = serial
        self.site = site
    }
}

/// Which authorities sign technicians' certificates, and what they have revoked.
public protocol TechnicianTrust: Sendable {
    /// The public key of an authority, by the id that its certificates name.
    func authority(_ keyID: [UInt8]) -> [UInt8]?
    /// Certificates of earlier epochs are refused.
    var epoch: UInt32 { get }
    func isDenied(serial: UInt64) -> Bool
}

/// What a login needs of the device: its identity, whom it trusts, the time, randomness, and memory over restarts.
public protocol LoginGate: Sendable {
    var identity: LoginIdentity { get }
    var trust: any TechnicianTrust { get }
    /// The latest time that the device has proof of, in seconds since 1970: never before the firmware was built, nor before the
    /// newest record or trusted header. A clock set back brings no expired certificate to life.
    func provenTime() -> UInt32
    /// 32 random bytes.
    func randomBytes() -> [UInt8]
    /// The key that phone codes are made with, 32 bytes; nil where none is configured.
    var phoneKey: [UInt8]? { get }
    /// How often logins have failed since the last that did not, over restarts.
    func failures() -> UInt8
    /// Durable when it returns.
    func setFailures(_ count: UInt8) throws(ServiceShellError)
}

/// Someone who is logged in.
public struct Technician: Equatable, Sendable {
    /// SHA-256 of the certificate, or of what stands for one (docs/service-shell.md, "What is recorded").
    public var hash: ContentHash
    public var name: String
    public var role: AccessRole
    /// The certificate's number; nil without one.
    public var serial: UInt64?
    /// When the certificate ends: seconds since 1970.
    public var notAfter: UInt32?

    public init(hash: ContentHash, name: String, role: AccessRole, serial: UInt64? = nil, notAfter: UInt32? = nil) {
        self.hash = hash
        self.name = name
        self.role = role
        self.serial = serial
        self.notAfter = notAfter
    }
}
