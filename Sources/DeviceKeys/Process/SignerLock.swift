import Glibc
import PacketSockets
public import SignedRecords

/// The right to sign with the keys of a directory: one process at a time has it.
///
/// Two signers with the same keys would each remember what the other does not know, and one number could get two contents.
/// Held until the process ends.
public final class SignerLock: Sendable {
    static let name = "signer.lock"
    private let descriptor: Int32

    /// Makes the directory where its parent exists, and waits for whoever has the lock.
    ///
    /// - Parameter patience: A signer whose daemon is gone needs a moment to end.
    public init(directory: String, patience: Duration = .seconds(3)) throws(KeyStoreError) {
        let folder = try KeyDirectory(directory, .own)
        let path = "\(folder.path)/\(SignerLock.name)"
        descriptor = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .system(call: "open", path: path, errno: errno) }
        let end = Monotonic.nanoseconds() + patience.wholeNanoseconds
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR else {
                throw .system(call: "flock", path: path, errno: errno)
            }
            guard Monotonic.nanoseconds() < end else {
                throw .refused("\(path): another signer has these keys")
            }
            usleep(20_000)
        }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }
}
