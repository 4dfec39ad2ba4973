internal import ConfigurationText
internal import Glibc

extension FirmwareConfiguration {
    /// Where the device's private keys live, and which process signs with them (docs/keys.md).
    public struct Keys: Sendable, Equatable {
        public var store: Store
        /// Folder of the key store's own files, mode 0700 and the signer's user's.
        public var directory: String
        /// Path of the socket of a signer that runs on its own, or nil where the daemon starts one.
        public var signer: String?
        /// Who may connect to the signer beside root and the signer's own user.
        public var user: UInt32?

        public enum Store: Sendable, Equatable {
            /// Files wrapped to the device; the path of the wrapping secret, or nil for the folder itself.
            case file(wrapSecret: String?)
            /// Sealed by a TPM 2.0 that this transmission interface reaches: to the values of these PCRs, or to values that
            /// the owner of a public key (PEM) approves.
            case tpm(tcti: String, pcrs: [Int], authority: String?)
            /// In a PKCS#11 token.
            case pkcs11(module: String, tokenLabel: String, pinFile: String)
        }

        /// Where one may ask who the device is: the signer's socket, or that of the daemon's own signer.
        public var askingSocket: String { signer ?? "\(directory)/signer.sock" }
    }

    /// What `store` may say.
    private enum StoreName: String, CaseIterable {
        case file, tpm, pkcs11
    }

    /// The settings of each store; another store's are a mistake.
    private static let settings: [(store: StoreName, keys: [String])] = [
        (.file, ["wrap_secret"]), (.tpm, ["tcti", "pcrs", "authority"]),
        (.pkcs11, ["module", "token_label", "pin_file"]),
    ]

    /// Reads `[keys]`; nil with mistakes. Without the table, keys are in files and the daemon starts its signer.
    static func readKeys(_ root: TomlTable, home: String?, folder: String) -> Keys? {
        guard let home else { return nil }
        let standard = "\(resolve(home, in: folder))/keys"
        guard let table = root.table("keys", required: false) else {
            return root.has("keys") ? nil : Keys(store: .file(wrapSecret: nil), directory: standard)
        }
        let name = table.choice("store", of: StoreName.self, required: false) ?? .file
        for (store, keys) in settings where store != name {
            for key in keys where table.has(key) {
                // The mistake is its being there, whatever it says.
                table.report(key, expected: "nothing with store = \"\(name.rawValue)\"", found: table.words(key))
            }
        }
        let directory = table.string("directory", length: 1...200, required: false)
        let signer = table.string("signer", length: 1...100, required: false)
        let user = readUser(table)
        guard let store = readStore(name, table, folder: folder) else { return nil }
        return Keys(
            store: store, directory: directory.map { resolve($0, in: folder) } ?? standard,
            signer: signer.map { resolve($0, in: folder) }, user: user)
    }

    private static func readStore(_ name: StoreName, _ table: TomlTable, folder: String) -> Keys.Store? {
        switch name {
        case .file:
            let secret = table.string("wrap_secret", length: 1...200, required: false)
            return .file(wrapSecret: secret.map { resolve($0, in: folder) })
        case .tpm:
            let pcrs = table.integers("pcrs", in: 0...23, count: 1...8, required: false) ?? [7]
            if Set(pcrs).count != pcrs.count {
                table.report("pcrs", expected: "each number once", found: table.words("pcrs"))
            }
            let authority = table.string("authority", length: 1...200, required: false)
            return .tpm(
                tcti: table.string("tcti", length: 1...200, required: false) ?? "device:/dev/tpmrm0",
                pcrs: pcrs.map { Int($0) }, authority: authority.map { resolve($0, in: folder) })
        case .pkcs11:
            let module = table.string("module", length: 1...200)
            let label = table.string("token_label", length: 1...32)
            let pin = table.string("pin_file", length: 1...200)
            guard let module, let label, let pin else { return nil }
            return .pkcs11(
                module: resolve(module, in: folder), tokenLabel: label, pinFile: resolve(pin, in: folder))
        }
    }

    /// A name of this machine's, or a number.
    private static func readUser(_ table: TomlTable) -> UInt32? {
        guard let name = table.string("user", length: 1...64, required: false) else { return nil }
        if let number = UInt32(name) { return number }
        var (entry, found) = (passwd(), UnsafeMutablePointer<passwd>?.none)
        var memory = [CChar](repeating: 0, count: 4_096)
        guard getpwnam_r(name, &entry, &memory, memory.count, &found) == 0, found != nil else {
            table.report("user", expected: "a user of this machine or a user number", found: "\"\(name)\"")
            return nil
        }
        return entry.pw_uid
    }
}
