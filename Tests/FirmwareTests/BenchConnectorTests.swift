import BoardIO
import ChargeControl
import Foundation
import Testing

@testable import Firmware

/// A board that is marked for the bench starts with `--bench` alone. Were it to start all the same, the core's own bar stands behind
/// (`CycleTests`, `LastWordTests`).
@Suite("A connector on a bench board")
struct BenchConnectorTests {
    /// Every profile of the repository that is marked so.
    private static var benchProfiles: [String] {
        let root = ConnectorParts.shipped + "/profiles"
        let files = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        return files.map { "\(root)/\($0)" }.filter { (try? BoardProfile.load(path: $0))?.bench == true }.sorted()
    }

    @Test("there are such profiles")
    func some() { #expect(Self.benchProfiles.count >= 4) }

    @Test("does not start without --bench, and with it the core knows what it is", arguments: benchProfiles)
    func bench(profile: String) throws {
        do {
            _ = try ConnectorParts(ofBoard: profile, benchAllowed: false)
            Issue.record("started")
        } catch {
            let name = URL(fileURLWithPath: profile).deletingPathExtension().lastPathComponent
            #expect(
                "\(error)".contains("board.profile: \(name) is marked bench = true; start wattseald with --bench"),
                "\(error)")
        }
        let control = try ConnectorParts(ofBoard: profile).control
        #expect(control.benchBoard && control.benchAllowed)
    }
}
