/// Which meter this is: what the profile says, and the serial number as the meter told it.
public struct MeterIdentity: Equatable, Sendable {
    public let vendor: String
    public let model: String
    /// As the profile renders it; empty where the profile states that this meter cannot tell its serial number.
    public let serial: String
    public let profileID: String
    /// How far the profile's register map is to be trusted.
    public let trust: ProfileTrust

    public init(vendor: String, model: String, serial: String, profileID: String, trust: ProfileTrust) {
        self.vendor = vendor
        self.model = model
        self.serial = serial
        self.profileID = profileID
        self.trust = trust
    }
}
