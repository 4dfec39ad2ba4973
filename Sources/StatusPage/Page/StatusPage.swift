internal import Crypto
internal import FoundationEssentials

/// The page: one HTML document with its style and its script inside, and a policy that lets nothing else run.
public enum StatusPage {
    /// The document; the same at every call.
    public static let answer: PageAnswer = {
        let style = PackageResources.page_css
        let script = PackageResources.page_js
        let document = compose(PackageResources.page_html, style: style, script: script)
        return PageAnswer(contentType: "text/html; charset=utf-8", body: document, policy: policy(style, script))
    }()

    private static func compose(_ document: [UInt8], style: [UInt8], script: [UInt8]) -> [UInt8] {
        String(decoding: document, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
            .map { line in
                switch line {
                case "<!-- style -->": "<style>" + String(decoding: style, as: UTF8.self) + "</style>"
                case "<!-- script -->": "<script>" + String(decoding: script, as: UTF8.self) + "</script>"
                default: String(line)
                }
            }.joined(separator: "\n").utf8.map(\.self)
    }

    /// Only this style and this script, by their hashes; only this server may be asked.
    private static func policy(_ style: [UInt8], _ script: [UInt8]) -> String {
        "default-src 'none'; style-src '\(hash(style))'; script-src '\(hash(script))'; connect-src 'self'; "
            + "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    }

    private static func hash(_ bytes: [UInt8]) -> String {
        "sha256-\(Data(SHA256.hash(data: bytes)).base64EncodedString())"
    }
}
