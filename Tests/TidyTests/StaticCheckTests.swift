import Foundation
import Testing

/// A small program, how it is built, and whether it may ship.
struct StaticCheckSample: CustomTestStringConvertible, Sendable {
    let name: String
    let source: String
    let options: [String]
    let isClean: Bool
    var testDescription: String { name }
}

/// `Tools/check-static` tells binaries apart, stripped as they ship.
@Suite("check-static")
struct StaticCheckTests {
    private static let shipped = ["-static-stdlib", "-Xlinker", "-s"]

    static let samples = [
        StaticCheckSample(
            name: "FoundationEssentials, static, stripped",
            source: """
                import FoundationEssentials
                struct Reading: Codable { var energy: Int }
                let data = try JSONEncoder().encode(Reading(energy: 1))
                print(String(decoding: data, as: UTF8.self), Date(timeIntervalSince1970: 0).timeIntervalSince1970)
                """, options: shipped, isClean: true),
        StaticCheckSample(
            name: "full Foundation, static, stripped",
            source: "import Foundation\nprint(Process().isRunning)", options: shipped, isClean: false),
        StaticCheckSample(
            name: "full Foundation, static, with symbols",
            source: "import Foundation\nprint(NSString(string: \"a\").length)", options: ["-static-stdlib"],
            isClean: false),
        StaticCheckSample(
            name: "FoundationInternationalization alone, static, stripped",
            source: "import Foundation\nprint(Date().formatted(date: .abbreviated, time: .omitted))",
            options: shipped, isClean: false),
        StaticCheckSample(
            name: "FoundationEssentials, dynamic",
            source: "import FoundationEssentials\nprint(Date().timeIntervalSince1970)", options: [], isClean: false),
    ]

    private static let script = Repository.root + "/Tools/check-static"

    @Test("a binary of each kind", arguments: samples)
    func kinds(sample: StaticCheckSample) throws {
        let folder = NSTemporaryDirectory() + "check-static-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try sample.source.write(toFile: folder + "/main.swift", atomically: true, encoding: .utf8)
        let build = try Command(["swiftc", "main.swift", "-o", "binary"] + sample.options, in: folder)
        try #require(build.status == 0, "\(build.errors)")
        let check = try Command([Self.script, folder + "/binary"])
        #expect((check.status == 0) == sample.isClean, "\(check.output)\(check.errors)")
        // Together with a clean one it still fails.
        let both = try Command([Self.script, folder + "/binary", "/nonexistent"])
        #expect(both.status == 1)
    }

    @Test("what is no Swift binary is refused", arguments: ["/bin/true", "/nonexistent", "/"])
    func others(path: String) throws {
        #expect(try Command([Self.script, path]).status == 1)
        #expect(try Command([Self.script]).status == 2)
    }
}
