import Crypto
import FoundationEssentials
import Glibc
import SignedRecords

// The format of a key file (docs/format.md, "Device key file"). Nothing here is ever printed but the names of sources.
//
// Invariant: the sealed part opens only with the same header bytes, so epoch, public keys and sources are as authentic as
// the keys.

/// One epoch's keys as they lie on the disk: the seed and the scalar under AES-256-GCM, with a key from HKDF-SHA256 over the
/// sources that the file names.
enum KeyFile {
    static let kind = "wattseal-key/1"
    static let maximumBytes = 1_024
    private static let wrapInfo = "wattseal-key-wrap/1"

    static func name(epoch: UInt32) -> String { "epoch-\(epoch).key" }

    /// The epoch that a name is for, or nil for other files.
    static func epoch(ofName name: String) -> UInt32? {
        guard name.hasPrefix("epoch-"), name.hasSuffix(".key") else { return nil }
        guard let epoch = UInt32(name.dropFirst(6).dropLast(4)), KeyFile.name(epoch: epoch) == name else { return nil }
        return epoch
    }

    /// The bytes of a file for these keys. The secrets are theirs.
    static func seal(
        _ keys: DeviceKeyPair, secrets: [UInt8], sources: [WrapSource]
    ) throws(KeyStoreError) -> [UInt8] {
        let salt = SecretBytes.random(32)
        let nonce = SecretBytes.random(12)
        let used = sources.map { ($0.name, $0.values[0]) }
        let fields: [(UInt64, CBOR?)] = [
            (1, .text(kind)), (2, .unsigned(UInt64(keys.epoch))), (3, .bytes(keys.publicKeys.ed25519)),
            (4, .bytes(keys.publicKeys.p256)), (5, .bytes(salt)),
            (6, .array(used.map { .array([.text($0.0), .bytes(WrapSource.fingerprint($0.0, $0.1))]) })),
        ]
        do {
            let box = try AES.GCM.seal(
                secrets, using: wrapKey(used.map(\.1), salt: salt), nonce: AES.GCM.Nonce(data: nonce),
                authenticating: CBOR.fields(fields).encode())
            let sealed = Array(box.ciphertext) + Array(box.tag)
            return CBOR.fields(fields + [(7, .bytes(nonce)), (8, .bytes(sealed))]).encode()
        } catch {
            throw .signingFailed
        }
    }

    /// Opens a file; `path` is for messages.
    static func open(
        _ bytes: [UInt8], epoch: UInt32, sources: [WrapSource], path: String
    ) throws(KeyStoreError) -> DeviceKeyPair {
        let file: Parts
        do { file = try Parts(bytes) } catch { throw .damaged(path: path, what: "\(error)") }
        guard file.epoch == epoch else { throw .damaged(path: path, what: "it says key epoch \(file.epoch)") }
        var values: [[UInt8]] = []
        for (name, fingerprint) in file.sources {
            guard let source = sources.first(where: { $0.name == name }) else {
                throw .wrapSourceMissing(path: path, source: name)
            }
            guard let value = source.values.first(where: { WrapSource.fingerprint(name, $0) == fingerprint }) else {
                throw .wrapSourceChanged(path: path, source: name)
            }
            values.append(value)
        }
        var secrets = try unseal(file, values: values, path: path)
        defer { SecretBytes.erase(&secrets) }
        guard let keys = DeviceKeyPair(epoch: epoch, secrets: secrets), keys.publicKeys == file.publicKeys else {
            throw .damaged(path: path, what: "the content is not the keys that it names")
        }
        guard keys.passesSelfTest() else { throw .damaged(path: path, what: "the self-test of the keys failed") }
        return keys
    }

    private static func unseal(_ file: Parts, values: [[UInt8]], path: String) throws(KeyStoreError) -> [UInt8] {
        do {
            let box = try AES.GCM.SealedBox(
                nonce: AES.GCM.Nonce(data: file.nonce), ciphertext: file.sealed.dropLast(16),
                tag: file.sealed.suffix(16))
            var plain = try AES.GCM.open(
                box, using: wrapKey(values, salt: file.salt), authenticating: file.header)
            let secrets = [UInt8](plain)
            plain.withUnsafeMutableBytes { buffer in
                if let base = buffer.baseAddress { explicit_bzero(base, buffer.count) }
            }
            return secrets
        } catch {
            throw .damaged(path: path, what: "it does not open with its sources")
        }
    }

    /// HKDF-SHA256 (RFC 5869) over the sources' values in the file's order, each behind its length in 2 bytes.
    private static func wrapKey(_ values: [[UInt8]], salt: [UInt8]) -> SymmetricKey {
        var material: [UInt8] = []
        for value in values {
            material += [UInt8(truncatingIfNeeded: value.count >> 8), UInt8(truncatingIfNeeded: value.count)] + value
        }
        defer { SecretBytes.erase(&material) }
        return HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: material), salt: salt, info: Array(wrapInfo.utf8), outputByteCount: 32)
    }

    /// A file taken apart, strictly.
    private struct Parts {
        let epoch: UInt32
        let publicKeys: DevicePublicKeys
        let salt: [UInt8]
        let sources: [(name: String, fingerprint: [UInt8])]
        let nonce: [UInt8]
        let sealed: [UInt8]
        /// What the seal authenticates: the encoded map of the fields 1 to 6.
        let header: [UInt8]

        init(_ bytes: [UInt8]) throws(CBORError) {
            let limits = CBORLimits(maximumBytes: KeyFile.maximumBytes, maximumDepth: 4)
            let item = try CBOR.decode(bytes, limits: limits)
            var fields = try CBORFields(item, path: "key file")
            let kind = try fields.text(1, "kind", maximum: 64)
            guard kind == KeyFile.kind else {
                let problem = FieldFault.outOfRange(expected: KeyFile.kind, found: kind)
                throw .field(path: "key file.kind", problem: problem)
            }
            epoch = try fields.integer(2, "epoch", as: UInt32.self)
            publicKeys = DevicePublicKeys(
                ed25519: try fields.bytes(3, "ed25519", count: 32), p256: try fields.bytes(4, "p256", count: 65))
            salt = try fields.bytes(5, "salt", count: 32)
            var sources: [(String, [UInt8])] = []
            for item in try fields.array(6, "sources", count: 1...8) {
                guard let pair = item.arrayValue, pair.count == 2 else {
                    throw .field(
                        path: "key file.sources",
                        problem: .wrongType(expected: "an array of 2", found: item.kindName))
                }
                sources.append(
                    (
                        try CBORFields.text(pair[0], "key file.sources.name", maximum: 32),
                        try CBORFields.bytes(pair[1], "key file.sources.fingerprint", count: 4...4)
                    ))
            }
            self.sources = sources
            nonce = try fields.bytes(7, "nonce", count: 12)
            sealed = try fields.bytes(8, "sealed", count: DeviceKeyPair.secretBytes + 16)
            try fields.finish()
            let header = item.mapValue?.entries.dropLast(2).map { ($0.key, $0.value) } ?? []
            self.header = CBOR.map(CBORMap(distinctKeys: header)).encode()
        }
    }
}
