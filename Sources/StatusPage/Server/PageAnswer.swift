/// What a path answers with: a whole body of one kind.
public struct PageAnswer: Equatable, Sendable {
    public let contentType: String
    public let body: [UInt8]
    /// What the browser may load and run besides (Content-Security-Policy).
    public let policy: String

    /// Data: nothing in it is ever run.
    public static let noContent = "default-src 'none'; frame-ancestors 'none'"

    public init(contentType: String, body: [UInt8], policy: String = PageAnswer.noContent) {
        self.contentType = contentType
        self.body = body
        self.policy = policy
    }

    public static func json(_ text: String) -> PageAnswer {
        PageAnswer(contentType: "application/json", body: Array(text.utf8))
    }
}
