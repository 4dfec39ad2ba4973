internal import Glibc
public import SignedRecords

/// Why a boot record, a bundle or a change of slots is refused.
public enum FirmwareUpdateError: Error, Equatable, Sendable {
    // Boot record
    /// One copy of the boot record cannot be used.
    case bootCopy(offset: Int, expected: String)
    /// Neither copy of the boot record can be used.
    case noBootRecord(first: String, second: String)
    /// Two valid copies with one generation and different content.
    case conflictingBootRecords(generation: UInt64)
    /// A change that the boot record's present state does not allow.
    case transition(String, expected: String)

    // Slots
    /// Something that a slot or a folder of roots must have is not there.
    case missing(String)
    /// A slot's manifest is not the one that the boot record names.
    case otherManifest
    /// A system call failed.
    case storage(call: String, path: String, errno: Int32)

    // Bundle, in the order in which it is checked
    /// The bytes are no bundle of a known format, or its lengths are out of bounds.
    case envelope(offset: Int, expected: String)
    /// More bytes of the header are needed.
    case headerIncomplete(expected: Int, found: Int)
    /// A release key is no usable Ed25519 public key.
    case releaseKey(String)
    /// A known key's signature does not fit the manifest.
    case badSignature(keyID: String)
    /// Fewer known keys have signed than the threshold asks for.
    case tooFewSignatures(expected: Int, found: Int)
    /// The manifest's bytes are no deterministic CBOR map of the known fields.
    case manifest(CBORError)
    /// A field of the manifest has a value that is not allowed.
    case manifestField(String, expected: String)
    /// The bundle is not for this device.
    case notForThisDevice(field: String, expected: String, found: String)
    /// The bundle's security counter lies below the device's floor.
    case rolledBack(floor: UInt32, found: UInt32)
    /// A chunk, a file or the payload does not have the hash that the manifest names.
    case hashMismatch(of: String)
    /// The payload is longer or shorter than the manifest says.
    case payloadLength(expected: UInt64, found: UInt64)
    /// The image has spent its tries here without being confirmed.
    case alreadyBad(ContentHash)
    /// The device has no room for it; bytes.
    case noSpace(expected: UInt64, found: UInt64)

    // The operating system
    /// The device has nothing that installs what the bundle brings.
    case noInstaller(ReleaseManifest.Kind)
    /// What the updater keeps of the operating system's images cannot be used.
    case systemRecord(String)
    /// The installer did not do it.
    case installer(SystemInstallerFault)

    // Roots
    /// A root is not believed.
    case root(RootFault)

    // Transfer
    /// The next bytes of a transfer are others than those that came.
    case transferOffset(expected: UInt64, found: UInt64)

    // Switching
    /// What stands against a switch now.
    case notNow([ActivationBlock])
    /// The release was not proved to stand on the ledger.
    case notOnLedger(ContentHash)
    /// The release writes data that the one before it does not read: a trial could not be given up.
    case noWayBack(writes: UInt32, readsFrom: UInt32, to: UInt32)
}

extension FirmwareUpdateError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .bootCopy(let offset, let expected): "boot record, byte \(offset): expected \(expected)"
        case .noBootRecord(let first, let second): "no usable boot record: first copy: \(first); second copy: \(second)"
        case .conflictingBootRecords(let generation): "two different boot records of generation \(generation)"
        case .transition(let change, let expected): "\(change): expected \(expected)"
        case .missing(let what): "expected \(what), found none"
        case .otherManifest: "the manifest is not the one that the boot record names"
        case .storage(let call, let path, let errno):
            "\(call) \(path): \(strerror(errno).map { String(cString: $0) } ?? "error") (errno \(errno))"
        case .envelope(let offset, let expected): "bundle, byte \(offset): expected \(expected)"
        case .headerIncomplete(let expected, let found): "bundle header: expected \(expected) bytes, found \(found)"
        case .releaseKey(let reason): "release key: \(reason)"
        case .badSignature(let keyID): "the signature of key \(keyID) does not fit the manifest"
        case .tooFewSignatures(let expected, let found): "expected \(expected) signatures, found \(found)"
        case .manifest(let error): "manifest: \(error)"
        case .manifestField(let field, let expected): "manifest, \(field): expected \(expected)"
        case .notForThisDevice(let field, let expected, let found):
            "not for this device: \(field): expected \(expected), found \(found)"
        case .rolledBack(let floor, let found): "security counter \(found) lies below the device's floor \(floor)"
        case .hashMismatch(let what): "\(what) does not have the hash that the manifest names"
        case .payloadLength(let expected, let found): "payload: expected \(expected) bytes, found \(found)"
        case .alreadyBad(let manifest): "the image \(manifest.hex) has failed its trial on this device"
        case .noSpace(let expected, let found): "expected room for \(expected) bytes, found \(found)"
        case .noInstaller(let kind): "this device has nothing that installs \(kind.words)"
        case .systemRecord(let reason): "the record of the operating system's images cannot be used: \(reason)"
        case .installer(let fault): "\(fault)"
        case .root(let fault): "\(fault)"
        case .transferOffset(let expected, let found): "transfer: expected byte \(expected), found byte \(found)"
        case .notNow(let blocks): "not now: \(blocks.map(\.description).joined(separator: "; "))"
        case .notOnLedger(let manifest): "the ledger was not proved to hold the release \(manifest.hex)"
        case .noWayBack(let writes, let lowest, let highest):
            "no way back: it writes data schema \(writes), and the release that runs reads \(lowest) to \(highest)"
        }
    }
}

extension FirmwareUpdateError {
    /// Whether it says that a slot's bytes are not those that were staged there, whatever keys and disk may say tomorrow.
    var isDamage: Bool {
        switch self {
        case .missing, .otherManifest, .hashMismatch, .envelope, .headerIncomplete, .manifest, .payloadLength: true
        default: false
        }
    }
}
