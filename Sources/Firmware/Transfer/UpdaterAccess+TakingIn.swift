internal import FirmwareUpdate
internal import Glibc
internal import Quantities
internal import ServiceShell
internal import SignedRecords

// The file that a transfer brought is handed on to the updater as `fw recv` and `fw put` hand on a bundle. Nothing about it is
// believed: what it is, the updater finds out.
extension UpdaterAccess {
    private static let patienceForPiece = Nanoseconds.seconds(5)
    /// So often an answer may not come in time, one behind the other: the updater flushes and hashes, and a disk may be slow.
    private static let mostSilences = 6

    func takeIn() throws(ServiceShellError) {
        guard let folder = transfers else { throw .unavailable("no file can come in") }
        let (descriptor, length) = try folder.openFile()
        defer { close(descriptor) }
        let front = try Self.front(of: descriptor, length: length)
        var progress = try begun(front.manifestHash, folder)
        var silences = 0
        // Where the updater has a part of it from before, the rest is enough.
        while !progress.isWhole, progress.next < length {
            guard !folder.isEnding else { throw .notReceived("the firmware ends") }
            let before = progress.next
            let piece = try Self.read(descriptor, UpdaterRequest.mostPiece, at: before)
            do throws(ServiceShellError) {
                progress = try transferred(.put(piece, at: before))
            } catch {
                // It may have been done: the updater is asked where it is.
                guard case .unfinished = error else { throw error }
                progress = try begun(front.manifestHash, folder)
            }
            silences = progress.next > before ? 0 : silences + 1
            guard silences < Self.mostSilences else {
                throw .notReceived("the updater does not go on at byte \(before)")
            }
        }
        guard progress.isWhole else {
            throw .notReceived("the file ends at byte \(length), the bundle does not")
        }
    }

    /// Begins the transfer, or asks where it is: the bundle that is under way goes on.
    private func begun(
        _ manifest: ContentHash, _ folder: TransferFolder
    ) throws(ServiceShellError) -> TransferProgress {
        for _ in 1..<Self.mostSilences where !folder.isEnding {
            do throws(ServiceShellError) { return try transferred(.begin(manifest)) } catch {
                guard case .unfinished = error else { throw error }
            }
        }
        return try transferred(.begin(manifest))
    }

    /// A bundle's beginning, as long as it takes to know its manifest.
    private static func front(of descriptor: Int32, length: UInt64) throws(ServiceShellError) -> BundleFront {
        var bytes: [UInt8] = []
        while UInt64(bytes.count) < length {
            bytes += try read(descriptor, UpdaterRequest.mostPiece, at: UInt64(bytes.count))
            do throws(FirmwareUpdateError) {
                if let front = try BundleFront(prefix: bytes) { return front }
            } catch {
                throw .notReceived("no bundle: \(error)")
            }
        }
        throw .notReceived("the file ends within the bundle's header, at byte \(length)")
    }

    private static func read(
        _ descriptor: Int32, _ most: Int, at offset: UInt64
    ) throws(ServiceShellError) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: most)
        var count = pread(descriptor, &buffer, most, off_t(offset))
        while count < 0, errno == EINTR { count = pread(descriptor, &buffer, most, off_t(offset)) }
        guard count > 0 else {
            throw .notReceived("reading at byte \(offset): \(systemMessage(count == 0 ? EIO : errno))")
        }
        return Array(buffer.prefix(count))
    }

    private func transferred(_ request: UpdaterRequest) throws(ServiceShellError) -> TransferProgress {
        switch try ask(request, within: Self.patienceForPiece) {
        case .transfer(let progress): return progress
        case .refused(let refusal): throw .notReceived(refusal.words)
        case .status: throw .unavailable("the updater answered something else")
        }
    }
}
