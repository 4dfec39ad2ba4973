import Glibc
import NIOSSL

/// A client certificate and its key, for TLS only: shown to a node that asks who connects. It signs nothing else, and no
/// node's answer is believed more for it.
public struct TLSIdentity: Sendable, Equatable {
    /// PEM file: the certificate, then the ones up to its authority, if any.
    public var certificate: String
    /// PEM file: the certificate's P-256 private key, readable by its owner alone.
    public var key: String
    /// Uncompressed P-256 points of keys that serve something else: a certificate over one of them is refused.
    public var otherKeys: [[UInt8]]

    /// An identity from its files.
    public init(certificate: String, key: String, otherKeys: [[UInt8]] = []) {
        self.certificate = certificate
        self.key = key
        self.otherKeys = otherKeys
    }

    /// SubjectPublicKeyInfo of a P-256 key up to its point (RFC 5480): id-ecPublicKey, prime256v1, 66 bits' string.
    private static let prefix: [UInt8] = [
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
        0xce,
        0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
    ]

    /// What TLS to an address goes by; nil for plain HTTP.
    static func context(
        for address: RPCEndpoint, trustRoots: String?, identity: TLSIdentity?
    ) throws(PlatformLinkError) -> NIOSSLContext? {
        guard address.isSecure else { return nil }
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        if let trustRoots { configuration.trustRoots = .file(trustRoots) }
        do {
            if let identity { try identity.enter(&configuration) }
            return try NIOSSLContext(configuration: configuration)
        } catch let error as PlatformLinkError {
            throw error
        } catch {
            throw .tlsSetup(endpoint: address.description, reason: String(describing: error))
        }
    }

    private func enter(_ configuration: inout TLSConfiguration) throws {
        func refused(_ path: String, _ reason: String) -> PlatformLinkError {
            .storeMalformed(path: path, reason: reason)
        }
        var status = stat()
        guard stat(key, &status) == 0 else { throw refused(key, "the certificate's key cannot be read: \(errno)") }
        guard status.st_mode & 0o077 == 0 else {
            throw refused(
                key, "mode \(String(status.st_mode & 0o777, radix: 8)), expected 600: others may read the key")
        }
        let chain = try NIOSSLCertificate.fromPEMFile(certificate)
        guard let own = chain.first else { throw refused(certificate, "no certificate") }
        let info = try own.extractPublicKey().toSPKIBytes()
        guard info.starts(with: Self.prefix), info.count == Self.prefix.count + 65 else {
            throw refused(certificate, "the certificate's key is of another kind, expected P-256")
        }
        guard !otherKeys.contains(Array(info.dropFirst(Self.prefix.count))) else {
            throw refused(certificate, "the certificate is over a key that signs records, expected one for TLS alone")
        }
        configuration.certificateChain = chain.map { .certificate($0) }
        // A key that is not the certificate's is refused by the context.
        configuration.privateKey = .privateKey(try NIOSSLPrivateKey(file: key, format: .pem))
    }
}
