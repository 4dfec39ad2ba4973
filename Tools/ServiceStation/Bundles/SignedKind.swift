import ArgumentParser
import FirmwareUpdate

/// What a bundle that is signed here may replace. Nothing on a device installs other kinds.
enum SignedKind: String, ExpressibleByArgument, CaseIterable {
    case app
    /// An image of the operating system.
    case os

    var manifestKind: ReleaseManifest.Kind {
        switch self {
        case .app: .application
        case .os: .system
        }
    }
}
