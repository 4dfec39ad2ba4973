import Foundation
import LightClient
import NIOCore

@testable import LedgerNode

/// What CometBFT 0.38.25 and its example application said to each other, byte for byte.
struct RecordedConversation {
    /// The frames of one direction of one connection.
    struct Side: Hashable {
        let connection: Int
        let isRequest: Bool
    }

    private struct Line: Decodable {
        let conn: Int
        let dir: String
        let hex: String
    }

    let frames: [Side: [[UInt8]]]
    /// The requests of all connections in the order in which the node sent them.
    let requests: [(connection: Int, frame: [UInt8])]

    init() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Vectors/cometbft/abci/socket-v0.38.jsonl")
        var readers: [Side: ABCIFrameReader] = [:]
        var frames: [Side: [[UInt8]]] = [:]
        var requests: [(connection: Int, frame: [UInt8])] = []
        for text in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
            let line = try JSONDecoder().decode(Line.self, from: Data(text.utf8))
            let side = Side(connection: line.conn, isRequest: line.dir == "node->app")
            var bytes = ByteBuffer(bytes: try Hex.decode(line.hex))
            readers[side, default: ABCIFrameReader()].append(&bytes)
            while let frame = try readers[side]?.next() {
                frames[side, default: []].append(frame)
                if side.isRequest { requests.append((line.conn, frame)) }
            }
        }
        self.frames = frames
        self.requests = requests
    }
}
