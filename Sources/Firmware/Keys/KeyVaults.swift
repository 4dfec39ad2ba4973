internal import DeviceKeys
internal import Glibc

/// Opens the key vault that the configuration names: the one place that knows all kinds.
enum KeyVaults {
    /// - Throws: `FirmwareError.room("keys", …)` with the vault's own words.
    static func open(_ keys: FirmwareConfiguration.Keys) throws(FirmwareError) -> any KeyVault {
        do {
            switch keys.store {
            case .file(let secret): return try FileVault(directory: keys.directory, wrapSecret: secret)
            case .tpm: throw FirmwareError.room("keys", reason: "store = \"tpm\" is not supported by this build")
            case .pkcs11:
                throw FirmwareError.room("keys", reason: "store = \"pkcs11\" is not supported by this build")
            }
        } catch let error as FirmwareError {
            throw error
        } catch {
            throw .room("keys", reason: "\(error)")
        }
    }
}
