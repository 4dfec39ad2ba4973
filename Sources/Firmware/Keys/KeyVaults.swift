internal import DeviceKeys
internal import SignedRecords

/// Opens the key vault that the configuration names: the one place that knows all kinds.
enum KeyVaults {
    static func open(_ keys: FirmwareConfiguration.Keys) throws(KeyStoreError) -> any KeyVault {
        switch keys.store {
        case .file(let secret): return try FileVault(directory: keys.directory, wrapSecret: secret)
        case .tpm(let tcti, let pcrs, let authority):
            return try TPMVault(
                directory: keys.directory, tcti: tcti, options: SealOptions(pcrs: pcrs, authority: authority))
        case .pkcs11(let module, let label, let pin):
            return try PKCS11Vault(module: module, tokenLabel: label, pinFile: pin)
        }
    }
}
