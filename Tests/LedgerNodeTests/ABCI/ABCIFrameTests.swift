import Foundation
import LightClient
import NIOCore
import RecordSamples
import Testing

@testable import LedgerNode

/// Bytes into frames and messages, and back. Each of the recorded messages has to come out as it went in: a field that is
/// read wrongly, left out or written in another order shows.
@Suite("ABCI frames")
struct ABCIFrameTests {
    private func read(_ pieces: [[UInt8]], limit: Int = 1 << 20) throws -> [[UInt8]] {
        var reader = ABCIFrameReader(limit: limit)
        var frames: [[UInt8]] = []
        for piece in pieces {
            var bytes = ByteBuffer(bytes: piece)
            reader.append(&bytes)
            while let frame = try reader.next() { frames.append(frame) }
        }
        return frames
    }

    @Test("every recorded frame of both sides is read, and written back byte for byte")
    func recorded() throws {
        let conversation = try RecordedConversation()
        var kinds: [String: Int] = [:]
        for (side, frames) in conversation.frames {
            for frame in frames {
                let written: [UInt8]
                if side.isRequest {
                    let request = try ABCI.Request(frame: frame)
                    kinds["\(request)".prefix { $0 != "(" }.description, default: 0] += 1
                    written = request.protobuf
                } else {
                    written = try ABCI.Response(frame: frame).protobuf
                }
                #expect(written == frame, "\(side): \(Hex.encode(frame))")
            }
        }
        #expect(
            kinds == [
                "flush": 886, "info": 2, "query": 132, "checkTx": 44, "initChain": 1, "prepareProposal": 139,
                "processProposal": 139, "finalizeBlock": 139, "commit": 139,
            ])
    }

    @Test("what the recording does not have comes back as it was written, too")
    func others() throws {
        let snapshot = ABCI.Snapshot(height: 7, format: 1, chunks: 3, hash: [1, 2], metadata: [3])
        let voter = ABCI.VoterInfo(address: Array(repeating: 5, count: 20), power: 10)
        let vote = ABCI.ExtendedVoteInfo(
            validator: voter, voteExtension: [1], extensionSignature: [2, 3], blockIDFlag: 2)
        let bad = ABCI.Misbehavior(
            kind: 1, validator: voter, height: 3, time: .goZero, totalVotingPower: 40)
        let requests: [ABCI.Request] = [
            .echo(.init(text: "hé")), .listSnapshots, .offerSnapshot(.init(snapshot: snapshot, appHash: [9])),
            .loadSnapshotChunk(.init(height: 7, format: 1, chunk: 2)),
            .applySnapshotChunk(.init(index: 2, chunk: [1, 0], sender: "peer")),
            .extendVote(.init(hash: [1], height: 2, transactions: [[], [1]], misbehavior: [bad])),
            .verifyVoteExtension(.init(hash: [1], validatorAddress: [2], height: 3, voteExtension: [4])),
            .prepareProposal(.init(localLastCommit: .init(round: 1, votes: [vote, vote]), misbehavior: [bad, bad])),
            .initChain(.init(validators: [.init(power: 3, keyBytes: [1], keyType: "ed25519")])),
        ]
        for request in requests { #expect(try ABCI.Request(frame: request.protobuf) == request) }
        let responses: [ABCI.Response] = [
            .exception("no"), .echo(.init(text: "x")), .listSnapshots(.init(snapshots: [snapshot, snapshot])),
            .offerSnapshot(.init(verdict: .rejectSender)), .loadSnapshotChunk(.init(chunk: [0])),
            .applySnapshotChunk(.init(verdict: .retry, refetchChunks: [0, 300], rejectSenders: ["a", ""])),
            .extendVote(.init(voteExtension: [1])), .verifyVoteExtension(.reject), .processProposal(.reject),
            .finalizeBlock(.init(validatorUpdates: [.init(power: 0)], consensusParameterUpdates: .init())),
        ]
        for response in responses { #expect(try ABCI.Response(frame: response.protobuf) == response) }
        // A missing status would have a node panic: there is none to be read.
        #expect(throws: LightClientError.self) { try ABCI.Response(frame: [0x92, 0x01, 0x00]) }
    }

    @Test("however the stream is cut, the frames are the same")
    func cuts() throws {
        let bodies: [[UInt8]] = [[0x12, 0], Array(repeating: 7, count: 127), Array(repeating: 8, count: 300), [1]]
        let stream = bodies.flatMap { body in
            var writer = ProtobufWriter()
            writer.varint(UInt64(body.count))
            return writer.bytes + body
        }
        #expect(try read([stream]) == bodies)
        #expect(try read(stream.map { [$0] }) == bodies)
        for first in 0...stream.count {
            #expect(try read([Array(stream[..<first]), Array(stream[first...])]) == bodies, "cut at \(first)")
        }
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed: seed)
        for _ in 0..<50 {
            var pieces: [[UInt8]] = []
            var rest = (0..<20).flatMap { _ in stream }[...]
            while !rest.isEmpty {
                let size = min(rest.count, Int(random.next() % 900))
                pieces.append(Array(rest.prefix(size)))
                rest = rest.dropFirst(size)
            }
            #expect(try read(pieces) == (0..<20).flatMap { _ in bodies }, "seed \(seed)")
        }
    }

    @Test("a frame over the limit, an empty one, and a length that is none are refused at their length")
    func lengths() throws {
        #expect(try read([[4], [1, 2, 3, 4]], limit: 4) == [[1, 2, 3, 4]])
        #expect(throws: ABCIFrameError.tooLong(length: 5, limit: 4)) { try read([[5]], limit: 4) }
        #expect(throws: ABCIFrameError.tooLong(length: UInt64.max, limit: 4)) {
            try read([Array(repeating: 0xFF, count: 9) + [1]], limit: 4)
        }
        #expect(throws: ABCIFrameError.malformedLength) { try read([Array(repeating: 0xFF, count: 9) + [2]]) }
        #expect(throws: ABCIFrameError.malformedLength) { try read([[0x80, 0]]) }
        #expect(throws: ABCIFrameError.empty) { try read([[0]]) }
        // A length that has not come whole is waited for.
        #expect(try read([[0x80]]).isEmpty)
    }

    @Test("unknown fields are left; all else that is not as it should be is an error with its place")
    func fields() throws {
        let info: [UInt8] = [0x1A, 0x02, 0x10, 0x0B]
        // Unknown fields of all four wire types: around the request, and in it.
        let unknown: [UInt8] = [
            0xF8, 0x07, 1, 0xFA, 0x07, 1, 9, 0xF9, 0x07, 1, 2, 3, 4, 5, 6, 7, 8, 0xFD, 0x07, 1, 2, 3, 4,
        ]
        let expected = ABCI.Request.info(.init(blockVersion: 11))
        #expect(try ABCI.Request(frame: unknown + info + unknown) == expected)
        #expect(try ABCI.Request(frame: [0x1A, UInt8(2 + unknown.count), 0x10, 0x0B] + unknown) == expected)
        for (bytes, reason) in [
            ([], "no request"), (unknown, "no request"), (info + info, "a second request"),
            (Array(info.dropLast()), "past the end"), ([0x1A, 1, 0x10], "cut short in a varint"),
            ([0x1A, 2, 0x08, 1], "is not a byte string"), ([0x1A, 2, 0x12, 0], "is not a varint"),
            ([0x1B, 0], "wire type 3"), ([0x0A, 3, 0x0A, 1, 0xFF], "not UTF-8"), ([0x3A, 0], "no request"),
            ([0xA2, 1, 4, 0x32, 2, 0x10, 0xFF], "varint"), ([0xFD, 0x07, 1], "cut short in a 32-bit field"),
        ] as [([UInt8], String)] {
            let error = #expect(throws: LightClientError.self) { try ABCI.Request(frame: bytes) }
            #expect("\(error as Any)".contains(reason), "\(Hex.encode(bytes)): \(error as Any)")
        }
        // What a stranger asked the node for never breaks a frame.
        let asked = ABCI.Request.query(.init(data: [1], path: "\u{FFFD}"))
        #expect(try ABCI.Request(frame: [0x32, 6, 0x0A, 1, 1, 0x12, 1, 0xFF]) == asked)
    }

    @Test("addresses")
    func addresses() throws {
        #expect(try ABCIAddress("tcp://127.0.0.1:26658") == .tcp(host: "127.0.0.1", port: 26_658))
        #expect(try ABCIAddress("tcp://[::1]:0") == .tcp(host: "::1", port: 0))
        #expect(try ABCIAddress("unix:///run/a.sock") == .unix(path: "/run/a.sock"))
        for text in ["tcp://[::1]:0", "unix:///run/a.sock"] { #expect(try ABCIAddress(text).description == text) }
        for text in ["", "127.0.0.1:1", "tcp://", "tcp://:1", "tcp://host", "tcp://h:65536", "unix://", "http://h:1"] {
            #expect(throws: LedgerNodeError.self, "\(text)") { try ABCIAddress(text) }
        }
    }
}
