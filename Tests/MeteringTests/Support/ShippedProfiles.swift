import Foundation

@testable import Metering

/// The meters of `Board/meters`.
enum ShippedProfiles {
    /// By the name of their file, in its order.
    static func all() throws -> [(name: String, profile: MeterProfile)] {
        let folder = Fixtures.root + "/Board/meters"
        return try FileManager.default.contentsOfDirectory(atPath: folder).sorted().map {
            (String($0.dropLast(".toml".count)), try MeterProfile.load(path: folder + "/" + $0))
        }
    }
}
