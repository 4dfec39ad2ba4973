import Foundation
import Testing

/// The static release binaries under test, in the folder that WATTSEAL_BIN names.
enum Binaries {
    static let folder = ProcessInfo.processInfo.environment["WATTSEAL_BIN"]

    /// A Python with cbor2 and cryptography, or nil.
    static let python = ProcessInfo.processInfo.environment["WATTSEAL_PEERS_PYTHON"]

    /// The root of the repository.
    static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    static func path(_ name: String) throws -> String {
        let folder = try #require(folder, "WATTSEAL_BIN names no folder of binaries")
        let path = folder.hasPrefix("/") ? "\(folder)/\(name)" : "\(repository)/\(folder)/\(name)"
        try #require(FileManager.default.isExecutableFile(atPath: path), "\(path) is not there: build it first")
        return path
    }
}

extension Trait where Self == ConditionTrait {
    /// Runs only where binaries were built for it; Tools/test builds them.
    static var needsBinaries: Self { .enabled(if: Binaries.folder != nil, "WATTSEAL_BIN names no folder of binaries") }

    /// Runs only where a Python with the peers' packages is.
    static var needsPython: Self { .enabled(if: Binaries.python != nil, "WATTSEAL_PEERS_PYTHON names no Python") }
}
