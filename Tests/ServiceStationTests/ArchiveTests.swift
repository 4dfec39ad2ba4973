import Foundation
import Glibc
import Quantities
import ServiceShell
import SignedRecords
import Testing

@testable import service_station

/// A charger that has an archive, and may make another one while it is fetched.
private struct ArchiveDesk: SilentDesk {
    let archive: [UInt8]
    /// From this offset on it is another one.
    var otherFrom = Int.max

    func makeArchive() throws(ServiceShellError) -> ArchiveAnswer {
        ArchiveAnswer(
            size: archive.count, hash: ContentHash(hashing: archive).bytes, files: [], missing: ["flight: none"],
            publicKey: [], epoch: 1, signature: [])
    }

    func readArchive(from offset: Int) throws(ServiceShellError) -> ArchivePiece {
        guard archive.indices.contains(offset) else { throw .unavailable("expected an offset below \(archive.count)") }
        let end = min(offset + 2_048, archive.count)
        return ArchivePiece(
            hash: offset < otherFrom ? ContentHash(hashing: archive).bytes : [1], offset: offset,
            bytes: Array(archive[offset..<end]), next: end < archive.count ? end : nil)
    }
}

@Suite("Fetching a diagnostics archive")
struct ArchiveTests {
    private static let archive = (0..<50_000).map { UInt8(truncatingIfNeeded: $0 * 31 >> 3) }

    private func fetch(_ desk: any ServiceDesk, _ cable: (any ServiceDesk) throws -> Cable) throws -> [UInt8] {
        let cable = try cable(desk)
        let line = try TerminalDevice(path: cable.path, baud: 115_200)
        defer { withExtendedLifetime(line) {} }
        var told = 0
        var fetcher = ArchiveFetcher(
            over: MachineLine(descriptor: line.descriptor, device: cable.path), silence: 500,
            progress: { fetched, _ in told = fetched })
        let (archive, missing) = try fetcher.fetch()
        #expect(missing == "flight: none" && told == archive.count)
        return archive
    }

    @Test("it comes whole, also over a line that damages a request now and then")
    func whole() throws {
        #expect(try fetch(ArchiveDesk(archive: Self.archive)) { try Cable(to: $0) } == Self.archive)
        #expect(
            try fetch(ArchiveDesk(archive: Self.archive)) { try Cable(to: $0, flippingEvery: 611) } == Self.archive)
    }

    @Test("an archive that another takes the place of is not put together with it")
    func another() throws {
        #expect(throws: StationError.refused("another archive was made meanwhile; begin again")) {
            try fetch(ArchiveDesk(archive: Self.archive, otherFrom: 20_000)) { try Cable(to: $0) }
        }
    }

    @Test("a charger that makes none says so in its own words, and a line that ends is told")
    func refused() throws {
        struct NoArchive: SilentDesk {}
        #expect(throws: StationError.self) { try fetch(NoArchive()) { try Cable(to: $0) } }
        #expect(throws: StationError.self) {
            try fetch(ArchiveDesk(archive: Self.archive)) { try Cable(to: $0, cutAfter: 400) }
        }
    }
}
