import Testing

/// The house rules, held against the repository as it is. `RuleTests` show that each rule can fail.
@Suite("The repository keeps the house rules")
struct RepositoryTests {
    let repository: Repository

    init() throws { repository = try Repository.shared.get() }

    private func expectNone(_ violations: [Violation]) {
        let list = violations.map(\.description).joined(separator: "\n")
        #expect(violations.isEmpty, "\n\(list)")
    }

    @Test("the tidy reads the whole repository")
    func reach() {
        let paths = Set(repository.files.map(\.path))
        #expect(
            paths.isSuperset(of: ["Package.swift", "Sources/Quantities/Quantity.swift", "Tests/TidyTests/Arrows.swift"])
        )
        #expect(repository.files.first { $0.path == "Package.swift" }?.text.isEmpty == false)
    }

    @Test("imports follow the arrows")
    func imports() {
        expectNone(repository.files.flatMap { ImportRule.check(path: $0.path, text: $0.text) })
    }

    @Test("no file is longer than 500 lines")
    func sizes() {
        expectNone(repository.files.flatMap { SizeRule.check(path: $0.path, text: $0.text) })
    }

    @Test("nobody makes a banned call")
    func calls() {
        expectNone(repository.files.flatMap { CallRule.check(path: $0.path, text: $0.text) })
    }

    @Test("no unfinished work in Sources, no path of one machine anywhere")
    func words() {
        expectNone(repository.files.flatMap { WordRule.check(path: $0.path, text: $0.text) })
    }

    @Test("manifest, folders and arrows agree")
    func manifest() throws {
        expectNone(ManifestRule.check(dump: try repository.manifestDump(), files: repository.files.map(\.path)))
    }

    @Test("every room has its row in ARCHITECTURE.md")
    func rows() throws {
        let architecture = try #require(repository.files.first { $0.path == "ARCHITECTURE.md" })
        expectNone(RepositoryRule.checkRows(of: architecture.text, rooms: Arrows.rooms))
    }

    @Test("no resolved versions are tracked")
    func tracked() {
        expectNone(RepositoryRule.checkTracked(repository.tracked))
    }

    @Test("scripts can be started and are strict")
    func scripts() {
        expectNone(repository.files.flatMap { RepositoryRule.checkScript($0) })
    }
}
