import DeviceKeys
import SignedRecords

@testable import Firmware

/// A daemon's keys where the test itself is the signer: there is no `wattseald` to start one from.
enum KeysInProcess {
    static func connect(_ keys: FirmwareConfiguration.Keys) throws(FirmwareError) -> any KeyStore {
        do throws(KeyStoreError) { return try RecordSigner(vault: try FileVault(directory: keys.directory)) } catch {
            throw .room("keys", reason: "\(error)")
        }
    }
}
