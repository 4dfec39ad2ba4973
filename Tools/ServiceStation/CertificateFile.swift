import FoundationEssentials
import ServiceShell

/// A technician's certificate in a file: its 186 bytes as one line of Base64.
enum CertificateFile {
    static func read(path: String) throws -> TechnicianCertificate {
        let text = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
        let line = text.hasSuffix("\n") ? String(text.dropLast()) : text
        guard let bytes = Data(base64Encoded: line) else {
            throw StationError.keyFile(path: path, expected: "a certificate, one line of Base64")
        }
        do { return try TechnicianCertificate(decoding: Array(bytes)) } catch {
            throw StationError.keyFile(path: path, expected: "\(error)")
        }
    }

    static func write(_ certificate: TechnicianCertificate, to path: String) throws {
        let text = Data(certificate.encoded()).base64EncodedString() + "\n"
        try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
    }
}
