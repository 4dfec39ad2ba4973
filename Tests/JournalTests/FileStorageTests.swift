import Foundation
import Journal
import RecordSamples
import SignedRecords
import Testing

/// The journal on real files: the same promises, kept by a real file system.
struct FileStorageTests {
    let root: URL
    let path: String
    let script: JournalScript

    init() throws {
        root = FileManager.default.temporaryDirectory.appending(path: "wattseal-journal-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
        path = root.appending(path: "journal").path
        script = try JournalScript()
    }

    private func remove() { try? FileManager.default.removeItem(at: root) }

    @Test func everythingComesBackFromRealFiles() throws {
        defer { remove() }
        var half = script.order[...]
        while !half.isEmpty {
            // A new process each time: nothing is carried over but the files.
            let journal = try Journal(directory: path, configuration: JournalScript.configuration)
            for record in half.prefix(7) { try journal.append(record) }
            half = half.dropFirst(7)
            for chain in journal.chains {
                let head = try #require(journal.head(of: chain))
                try journal.acknowledge(chain: chain, sequence: head.sequence, hash: head.hash)
            }
            try journal.maintain()
            try journal.anchor()
        }
        let journal = try Journal(directory: path, configuration: JournalScript.configuration)
        #expect(script.missing(from: journal).isEmpty)
        #expect(try journal.genesis() == script.device.genesis)
        let reader = try JournalReader(directory: path)
        #expect(reader.corruption == nil)
        for (chain, records) in script.records {
            #expect(journal.head(of: chain) == records.last?.head)
            let here = try reader.records(of: chain, from: journal.firstHere(of: chain))
            #expect(here == Array(records.suffix(here.count)))
        }
    }

    @Test func aSecondWriterIsLockedOutAndAReaderIsNot() throws {
        defer { remove() }
        var journal: Journal? = try Journal(directory: path, configuration: JournalScript.configuration)
        try journal?.append(script.device.genesis)
        #expect(throws: JournalError.locked(path: path)) { try Journal(directory: path) }
        #expect(try JournalReader(directory: path).head(of: .device) == script.device.genesis.head)
        journal = nil
        #expect(throws: Never.self) { try Journal(directory: path, configuration: JournalScript.configuration) }
    }

    @Test func readerFollowsALiveWriter() async throws {
        defer { remove() }
        let path = path
        let order = script.order
        _ = try Journal(directory: path, configuration: JournalScript.configuration)
        let writer = Task.detached {
            let journal = try Journal(directory: path, configuration: JournalScript.configuration)
            for record in order {
                try journal.append(record)
                for chain in journal.chains {
                    guard let head = journal.head(of: chain) else { continue }
                    try journal.acknowledge(chain: chain, sequence: head.sequence, hash: head.hash)
                }
                try journal.maintain()
            }
        }
        var passes = 0
        var seen: UInt64 = 0
        while passes < 30 {
            let reader = try JournalReader(directory: path)
            #expect(reader.corruption == nil)
            let head = reader.head(of: .connector(1))?.sequence ?? 0
            #expect(head >= seen)
            seen = head
            passes += 1
        }
        try await writer.value
        let last = try JournalReader(directory: path)
        #expect(last.head(of: .connector(1)) == script.records[.connector(1)]?.last?.head)
    }

    @Test func missingDirectoryAndReaderOfNothing() throws {
        defer { remove() }
        let deep = root.appending(path: "a/b").path
        #expect(throws: JournalError.self) { try Journal(directory: deep) }
        #expect(throws: JournalError.self) { try JournalReader(directory: path) }
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        let reader = try JournalReader(directory: path)
        #expect(reader.chains.isEmpty)
        #expect(try reader.export().isEmpty)
    }

    @Test func readsAndWritesAtAnyPlace() throws {
        defer { remove() }
        let storage = try FileStorage.writer(directory: path)
        #expect([512, 4_096].contains(storage.sectorBytes))
        try storage.create("a")
        var content = [UInt8](repeating: 0, count: 1 << 18)
        var random = SeededRandom(seed: 5)
        for index in content.indices { content[index] = UInt8(truncatingIfNeeded: random.next()) }
        try storage.write(content, to: "a", at: 0, durably: false)
        try storage.sync("a")
        for _ in 0..<200 {
            let offset = Int.random(in: 0..<content.count, using: &random)
            let count = Int.random(in: 0..<(1 << 17), using: &random)
            let expected = Array(content[offset..<min(content.count, offset + count)])
            #expect(try storage.read("a", at: offset, count: count) == expected)
        }
        let sector = [UInt8](repeating: 0xEE, count: storage.sectorBytes)
        try storage.write(sector, to: "a", at: 8 * storage.sectorBytes, durably: true)
        content.replaceSubrange(8 * storage.sectorBytes..<9 * storage.sectorBytes, with: sector)
        #expect(try storage.read("a", at: 0, count: 1 << 16) == Array(content[..<(1 << 16)]))
        #expect(throws: StorageFault(.create, "a", errno: EEXIST)) { try storage.create("a") }
        try storage.rename("a", to: "b")
        #expect(try storage.names() == ["b"])
        #expect(try storage.byteCount(of: "b") == content.count)
        try storage.remove("b")
        try storage.syncDirectory()
        #expect(throws: StorageFault(.remove, "b", errno: ENOENT)) { try storage.remove("b") }
    }
}
