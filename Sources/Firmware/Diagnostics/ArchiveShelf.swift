internal import DiagnosticsArchive
internal import ServiceShell
internal import SignedRecords
internal import Synchronization

/// The diagnostics archive that a technician had made last, for a line that carries it in pieces.
///
/// It is kept in memory: a disk that is full or broken is what archives are made for. The flight recordings, which a serial line
/// carries in minutes, are left out; `wattseal bundle` has them.
final class ArchiveShelf: Sendable {
    /// Bytes of a piece: a fraction of a second at 115,200 baud.
    static let piece = 2_048
    /// So many of the newest records are listed.
    private static let records = 200

    private struct Archive {
        let bytes: [UInt8]
        let hash: ContentHash
    }

    private let diagnostics: Diagnostics
    private let device: DeviceID
    private let keys: any KeyStore
    private let newest = Mutex<Archive?>(nil)

    init(_ configuration: FirmwareConfiguration, device: DeviceID, keys: any KeyStore) {
        diagnostics = Diagnostics(configuration, records: Self.records, flights: 0)
        self.device = device
        self.keys = keys
    }

    /// Makes one in place of the one before, with the daemon's status as it is now.
    ///
    /// - Throws: `unavailable` where the keys do not sign; the one before is kept then.
    func make(of report: StatusReport) throws(ServiceShellError) -> ArchiveAnswer {
        let (archive, missing) = try gather(report)
        // Before the key: an epoch that is the same behind the signature was in force for all three.
        let epoch = keys.epoch
        let statement = DiagnosticsStatement(
            device: device, time: UTCMilliseconds(SystemClock.utcMilliseconds()), manifest: archive.manifestHash,
            publicKey: keys.publicKeys.ed25519, epoch: epoch)
        let signature: [UInt8]
        do throws(KeyStoreError) {
            signature = try keys.signDiagnostics(
                device: device, time: statement.time, manifest: archive.manifestHash)
        } catch {
            throw .unavailable("the archive cannot be signed: \(error)")
        }
        guard keys.epoch == epoch else { throw .unavailable("the keys changed meanwhile: ask again") }
        let bytes = archive.encode(statement: statement, signature: signature)
        let made = Archive(bytes: bytes, hash: ContentHash(hashing: bytes))
        newest.withLock { $0 = made }
        return ArchiveAnswer(
            size: bytes.count, hash: made.hash.bytes, files: archive.files.map(\.name),
            missing: missing.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" },
            publicKey: statement.publicKey, epoch: statement.epoch, signature: signature)
    }

    private func gather(
        _ report: StatusReport
    ) throws(ServiceShellError) -> (DiagnosticsArchive, missing: [String: String]) {
        do throws(FirmwareError) {
            let found = try diagnostics.gather(of: report)
            return (found.archive, found.missing)
        } catch {
            throw .unavailable("\(error)")
        }
    }

    /// A piece of the one that was made last.
    func piece(from offset: Int) throws(ServiceShellError) -> ArchivePiece {
        guard let archive = newest.withLock({ $0 }) else { throw .unavailable("no archive was made: bundle makes one") }
        guard archive.bytes.indices.contains(offset) else {
            throw .unavailable("expected an offset below \(archive.bytes.count), got \(offset)")
        }
        let end = min(offset + Self.piece, archive.bytes.count)
        return ArchivePiece(
            hash: archive.hash.bytes, offset: offset, bytes: Array(archive.bytes[offset..<end]),
            next: end < archive.bytes.count ? end : nil)
    }
}
