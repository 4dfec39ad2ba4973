/// The result of /abci_query.
public struct ABCIQueryResult: Codable, Hashable, Sendable {
    /// The application's answer.
    public var response: ABCIQueryResponse

    /// A result from its field.
    public init(response: ABCIQueryResponse) {
        self.response = response
    }
}

/// What the application answered to a query. Nothing here is believed but what ``proofOps`` prove.
public struct ABCIQueryResponse: Hashable, Sendable {
    /// 0 is success.
    public var code: UInt32
    /// The application's words.
    public var log: String
    /// More words.
    public var info: String
    /// Place in the tree, where the application numbers its leaves.
    public var index: Int64
    /// The key asked for.
    public var key: [UInt8]
    /// The value; empty when there is none.
    public var value: [UInt8]
    /// The proof, leaf first; nil when none was asked for or made.
    public var proofOps: ProofOps?
    /// The height whose state answered; its root stands in the next header.
    public var height: Int64
    /// Space of the code.
    public var codespace: String

    /// An answer from its fields.
    public init(
        code: UInt32 = 0, log: String = "", info: String = "", index: Int64 = 0, key: [UInt8], value: [UInt8],
        proofOps: ProofOps?, height: Int64, codespace: String = ""
    ) {
        self.code = code
        self.log = log
        self.info = info
        self.index = index
        self.key = key
        self.value = value
        self.proofOps = proofOps
        self.height = height
        self.codespace = codespace
    }

    /// Checks the answer against the app hash of the header after ``height``: the value, or its absence when the
    /// answer has none. The expected operators and keys are the client's, leaf first.
    public func verify(appHash: [UInt8], expected: [ExpectedProofOp]) throws(LightClientError) {
        guard code == 0 else {
            throw .stateProof(reason: "the query was refused with code \(code): \(log.prefix(200))")
        }
        guard let proofOps else { throw .stateProof(reason: "the answer carries no proof") }
        if let key = expected.first?.key, key != self.key {
            throw .stateProof(
                reason: "the answer is about key \(Hex.encode(self.key)), asked for \(Hex.encode(key))")
        }
        try proofOps.verify(root: appHash, expected: expected, value: value.isEmpty ? nil : value)
    }
}

extension ABCIQueryResponse: Codable {
    private enum CodingKeys: String, CodingKey {
        case code, log, info, index, key, value, proofOps, height, codespace
    }

    /// Reads the answer; what Go leaves out or writes as null is zero or empty.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            code: try container.decodeIfPresent(UInt32.self, forKey: .code) ?? 0,
            log: try container.decodeIfPresent(String.self, forKey: .log) ?? "",
            info: try container.decodeIfPresent(String.self, forKey: .info) ?? "",
            index: try container.integerIfPresent(.index), key: try container.base64(.key),
            value: try container.base64(.value),
            proofOps: try container.decodeIfPresent(ProofOps.self, forKey: .proofOps),
            height: try container.integerIfPresent(.height),
            codespace: try container.decodeIfPresent(String.self, forKey: .codespace) ?? "")
    }

    /// Writes the answer.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(code, forKey: .code)
        try container.encode(log, forKey: .log)
        try container.encode(info, forKey: .info)
        try container.integer(index, .index)
        try container.base64(key, .key)
        try container.base64(value, .value)
        try container.encode(proofOps, forKey: .proofOps)
        try container.integer(height, .height)
        try container.encode(codespace, forKey: .codespace)
    }
}

/// A recorded /abci_query answer: the whole reply, its result, or the bare response.
public struct ABCIQueryDocument: Decodable, Sendable {
    /// The application's answer.
    public let response: ABCIQueryResponse

    private enum CodingKeys: String, CodingKey {
        case jsonrpc, response
    }

    /// Reads any of the three forms; a recorded error is refused with its reason.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        if container.contains(.jsonrpc) {
            switch try RPCReply<ABCIQueryResult>(from: decoder).outcome {
            case .result(let result): response = result.response
            case .failure(let failure):
                throw LightClientError.unexpectedJSON(
                    path: "error", reason: "the node answered: \(failure.data ?? failure.message)")
            }
        } else if container.contains(.response) {
            response = try container.decode(ABCIQueryResponse.self, forKey: .response)
        } else {
            response = try ABCIQueryResponse(from: decoder)
        }
    }
}
