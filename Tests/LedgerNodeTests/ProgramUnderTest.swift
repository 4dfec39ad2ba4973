import Foundation

/// The `platform-node` of the tests with real processes.
enum ProgramUnderTest {
    /// A shipped one where the test run names its folder, else the one built beside the tests.
    static let path: String = {
        if let folder = ProcessInfo.processInfo.environment["WATTSEAL_BIN"] { return folder + "/platform-node" }
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? own
        return URL(fileURLWithPath: bundle).deletingLastPathComponent().path + "/platform-node"
    }()

    static let isBuilt = FileManager.default.isExecutableFile(atPath: path)
}
