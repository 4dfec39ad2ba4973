import Foundation
import SignedRecords
import Synchronization

@testable import DeviceKeys

/// A signer with its server on a thread of its own, at a socket in a temporary folder.
final class RunningSigner: Sendable {
    let path: String
    let signer: RecordSigner
    private let folder: URL
    private let isAsked = Mutex(false)
    private let ended = DispatchSemaphore(value: 0)
    private let lines = Lines()

    /// - Parameter folder: of an earlier one, whose keys and socket this one takes up; nil for a new device.
    init(in folder: URL? = nil, user: UInt32? = nil) throws {
        let folder = folder ?? RunningSigner.makeFolder()
        self.folder = folder
        path = folder.appending(path: "signer.sock").path
        signer = try RecordSigner(vault: try FileVault(directory: folder.appending(path: "keys").path))
        let server = UnsafeTransfer(
            try SignerServer(
                signer: signer, listeningAt: path, inherited: nil, user: user,
                log: { [lines] in lines.add($0) }))
        Thread.detachNewThread { [self] in
            try? server.value.run(until: { self.isAsked.withLock { $0 } })
            server.value = nil
            ended.signal()
        }
    }

    static func makeFolder() -> URL {
        let folder = FileManager.default.temporaryDirectory.appending(path: "signer-\(UUID().uuidString.prefix(8))")
        try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    var log: [String] { lines.all }

    /// Stops, as a kill would: the memory of what is pending is lost. Answers the folder for the next one.
    @discardableResult
    func stop() -> URL {
        isAsked.withLock { $0 = true }
        ended.wait()
        return folder
    }

    func remove() { try? FileManager.default.removeItem(at: stop()) }

    /// The server is made here and lives on its thread.
    private final class UnsafeTransfer: @unchecked Sendable {
        var value: SignerServer!
        init(_ value: SignerServer) { self.value = value }
    }

    private final class Lines: Sendable {
        private let held = Mutex<[String]>([])
        var all: [String] { held.withLock { $0 } }
        func add(_ line: String) { held.withLock { $0.append(line) } }
    }
}
