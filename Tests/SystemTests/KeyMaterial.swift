import Crypto
import Foundation
import SignedRecords
import Testing

/// The private keys of a device, opened by docs/format.md alone, and where they may not be.
struct KeyMaterial {
    /// The forms in which a key may lie in memory, with their names.
    let forms: [(name: String, bytes: [UInt8])]

    /// - Parameter directory: of a file vault with its wrapping secret.
    init(directory: String) throws {
        func read(_ name: String) throws -> [UInt8] {
            [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(directory)/\(name)")))
        }
        let item = try CBOR.decode(try read("epoch-1.key"))
        func field(_ key: UInt64) throws -> CBOR { try #require(item.mapValue?[.unsigned(key)]) }
        let secret = try read("wrap.secret")
        var material: [UInt8] = []
        for source in try #require(try field(6).arrayValue) {
            let name = try #require(source.arrayValue?[0].textValue)
            let value: [UInt8]
            switch name {
            case "secret": value = secret
            case "machine-id":
                let text = try String(contentsOfFile: "/etc/machine-id", encoding: .utf8)
                value = Array(text.trimmingCharacters(in: .whitespacesAndNewlines).utf8)
            default: throw RigError.failed("a source that this machine should not have: \(name)")
            }
            material += [UInt8(value.count >> 8), UInt8(value.count & 0xFF)] + value
        }
        let key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: material), salt: try #require(try field(5).bytesValue),
            info: Array("wattseal-key-wrap/1".utf8), outputByteCount: 32)
        let header = CBOR.fields(try (1...6).map { ($0, try field($0)) }).encode()
        let sealed = try #require(try field(8).bytesValue)
        let box = try AES.GCM.SealedBox(
            nonce: AES.GCM.Nonce(data: try #require(try field(7).bytesValue)), ciphertext: sealed.dropLast(16),
            tag: sealed.suffix(16))
        let plain = [UInt8](try AES.GCM.open(box, using: key, authenticating: header))
        let (seed, scalar) = (Array(plain[..<32]), Array(plain[32...]))
        // They are the keys that the file names.
        let ed25519 = try Curve25519.Signing.PrivateKey(rawRepresentation: seed)
        #expect(try field(3).bytesValue == Array(ed25519.publicKey.rawRepresentation))
        let p256 = try P256.Signing.PrivateKey(rawRepresentation: scalar)
        #expect(try field(4).bytesValue == Array(p256.publicKey.x963Representation))
        let expanded = Array(SHA512.hash(data: seed))
        var clamped = Array(expanded[..<32])
        clamped[0] &= 248
        clamped[31] = clamped[31] & 63 | 64
        forms = [
            ("seed", seed), ("scalar", scalar), ("scalar, low byte first", scalar.reversed()),
            ("expanded seed, first half", Array(expanded[..<32])), ("clamped", clamped),
            ("expanded seed, second half", Array(expanded[32...])), ("wrapping secret", secret),
        ]
    }

    /// Which forms stand in the memory of a process; half of one counts.
    func found(inMemoryOf process: pid_t) throws -> Set<String> {
        let maps = try String(contentsOfFile: "/proc/\(process)/maps", encoding: .utf8)
        let memory = open("/proc/\(process)/mem", O_RDONLY)
        try #require(memory >= 0, "/proc/\(process)/mem: \(String(cString: strerror(errno)))")
        defer { close(memory) }
        var found: Set<String> = []
        var looked = 0
        for line in maps.split(separator: "\n") {
            let words = line.split(separator: " ", omittingEmptySubsequences: true)
            let range = words[0].split(separator: "-").compactMap { UInt64($0, radix: 16) }
            guard range.count == 2, words[1].hasPrefix("r"), !line.contains("[vvar"), !line.contains("[vsyscall") else {
                continue
            }
            // What is mapped from a file and cannot be written holds no secret.
            if words[1].hasPrefix("r-"), words.count > 5 { continue }
            var (start, tail) = (range[0], [UInt8]())
            while start < range[1] {
                var part = [UInt8](repeating: 0, count: Int(min(range[1] - start, 1 << 22)))
                let count = pread(memory, &part, part.count, off_t(start))
                guard count > 0 else { break }
                looked += count
                part = tail + part[..<count]
                for form in forms where KeyMaterial.holds(part, form.bytes) { found.insert(form.name) }
                tail = Array(part.suffix(64))
                start += UInt64(count)
            }
        }
        #expect(looked > 1 << 20, "the memory was read")
        return found
    }

    /// Which forms stand in a file or a text: raw, in hexadecimal of either case, in base64 at any alignment.
    func found(in bytes: [UInt8]) -> Set<String> {
        var found: Set<String> = []
        let lower = Array(String(decoding: bytes, as: UTF8.self).lowercased().utf8)
        for form in forms {
            let hexadecimal = Array(form.bytes.map { String(format: "%02x", $0) }.joined().utf8)
            let base64 = (0..<3).map { shift in
                Array(
                    Data([UInt8](repeating: 0, count: shift) + form.bytes).base64EncodedString().utf8.dropFirst(4)
                        .prefix(36))
            }
            if KeyMaterial.holds(bytes, form.bytes) || KeyMaterial.holds(lower, hexadecimal)
                || base64.contains(where: { KeyMaterial.holds(bytes, $0) })
            {
                found.insert(form.name)
            }
        }
        return found
    }

    private static func holds(_ bytes: [UInt8], _ wanted: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { all in
            guard var place = all.baseAddress else { return false }
            let end = place + bytes.count
            while end - place >= wanted.count, let hit = memchr(place, Int32(wanted[0]), end - place - wanted.count + 1)
            {
                if memcmp(hit, wanted, wanted.count) == 0 { return true }
                place = UnsafeRawPointer(hit) + 1
            }
            return false
        }
    }
}
