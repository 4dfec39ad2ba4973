import CPKCS11
import Crypto
import SignedRecords
import Testing

@testable import DeviceKeys

extension PKCS11VaultTests {
    @Test("a maker's key signs by its label; without its other half, or twice, it does not")
    func signingKey() throws {
        let token = try SoftToken()
        do {
            let session = try token.session()
            try session.make(.ed25519, epoch: 1)
            for half in [CPKCS11_PRIVATE, CPKCS11_PUBLIC] {
                for object in try session.find(.ed25519, half) { try session.relabel(object, "release-1") }
            }
        }
        func open(_ label: String) throws(KeyStoreError) -> TokenSigningKey {
            try TokenSigningKey(
                module: token.modulePath, tokenLabel: SoftToken.label, keyLabel: label, pinFile: token.pinFile)
        }
        do {
            let key = try open("release-1")
            let message = Array("a manifest".utf8)
            let half = try Curve25519.Signing.PublicKey(rawRepresentation: key.publicKey)
            #expect(half.isValidSignature(try key.sign(message), for: message))
        }
        let missing = #expect(throws: KeyStoreError.self) { try open("release-2") }
        #expect(missing?.description.contains("key release-2: 0 private and 0 public Ed25519 keys") == true)
        do {
            let session = try token.session()
            try session.destroy(try session.find(.ed25519, CPKCS11_PUBLIC, label: "release-1"))
        }
        #expect(throws: KeyStoreError.self) { try open("release-1") }
    }
}
