internal import DeviceKeys
public import SignedRecords

/// What anyone who may connect can ask of a running signer: who the device is, and a proof that it has its keys.
public struct SignerInquiry: Sendable {
    private let client: SignerClient

    /// Connects to the signer of a configuration, its own or the daemon's.
    ///
    /// - Throws: `FirmwareError.room` where none answers within 3 s.
    public init(_ configuration: FirmwareConfiguration) throws(FirmwareError) {
        do throws(KeyStoreError) {
            client = try SignerClient(.socket(path: configuration.keys.askingSocket), patience: .seconds(3))
        } catch {
            throw .room("signer", reason: "\(configuration.keys.askingSocket): \(error)")
        }
    }

    /// The key epoch in force.
    public var epoch: UInt32 { client.epoch }
    /// `software`, `tpm`, `pkcs11`.
    public var protection: String { client.protection }
    /// 64 hexadecimal digits.
    public var ed25519: String { Hexadecimal.encode(client.publicKeys.ed25519) }
    /// 130 hexadecimal digits, the uncompressed point.
    public var p256: String { Hexadecimal.encode(client.publicKeys.p256) }
    /// SHA-256 of the Ed25519 key; in epoch 1 this is the device id.
    public var fingerprint: String { client.publicKeys.deviceID.hex }

    /// Has a diagnostics archive signed.
    ///
    /// - Parameter device: The device by its records; nil where there are none yet, and its first key names it.
    public func sign(
        _ manifest: ContentHash, of device: DeviceID?
    ) throws(FirmwareError) -> (statement: DiagnosticsStatement, signature: [UInt8]) {
        let statement = DiagnosticsStatement(
            device: device ?? client.publicKeys.deviceID, time: UTCMilliseconds(SystemClock.utcMilliseconds()),
            manifest: manifest, publicKey: client.publicKeys.ed25519, epoch: client.epoch)
        do throws(KeyStoreError) {
            let signature = try client.signDiagnostics(
                device: statement.device, time: statement.time, manifest: manifest)
            return (statement, signature)
        } catch {
            throw .room("signer", reason: "\(error)")
        }
    }

    /// Proof of possession (docs/format.md, "Device key file"): 128 hexadecimal digits.
    ///
    /// - Parameter nonce: Hexadecimal, 16 to 64 bytes, from whoever wants the proof.
    public func prove(product: String, serial: String, nonce: String) throws(FirmwareError) -> String {
        guard let bytes = Hexadecimal.decode(nonce), EnrolmentStatement.nonceBytes.contains(bytes.count) else {
            throw .room("nonce", reason: "expected 32 to 128 hexadecimal digits, found \"\(nonce)\"")
        }
        do throws(KeyStoreError) {
            return Hexadecimal.encode(
                try client.provePossession(product: product, serial: serial, nonce: bytes))
        } catch {
            throw .room("signer", reason: "\(error)")
        }
    }
}
