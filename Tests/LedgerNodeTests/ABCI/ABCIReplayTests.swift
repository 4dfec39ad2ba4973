import LightClient
import Testing

@testable import LedgerNode

/// Red without `ABCI.Response` answering each request by its own case (`ABCIResponder.respond`), and without the answers being
/// written one after the other in `ABCIConnection.serve`.
@Suite("ABCI replay")
struct ABCIReplayTests {
    /// A response's kind, without its content.
    private func kind(_ response: ABCI.Response) -> String { String("\(response)".prefix { $0 != "(" }) }

    @Test("a recorded node finds the answers that it expects: each of its kind, in its order, fixed ones to the byte")
    func replay() async throws {
        let home = try TemporaryHome()
        let node = try await ABCINode.start(SampleNetwork.configuration(home))
        let conversation = try RecordedConversation()
        var lines: [Int: ABCIDialer] = [:]
        var places: [Int: Int] = [:]
        var compared = 0
        for (connection, frame) in conversation.requests {
            let line = try lines[connection] ?? ABCIDialer(node.address)
            lines[connection] = line
            var request = try ABCI.Request(frame: frame)
            // Genesis is the recorded one with a state of ours.
            if case .initChain(var start) = request {
                start.appState = try SampleNetwork.appState()
                request = .initChain(start)
            }
            try await line.send([request])
            let answer = try #require(try await line.frames(1).first)
            let side = RecordedConversation.Side(connection: connection, isRequest: false)
            let recorded = try #require(conversation.frames[side])[places[connection, default: 0]]
            places[connection, default: 0] += 1
            let ours = try ABCI.Response(frame: answer)
            let theirs = try ABCI.Response(frame: recorded)
            #expect(kind(ours) == kind(theirs), "\(request)")
            guard try expectContent(ours, to: request, recorded: theirs) else { continue }
            #expect(answer == recorded, "\(request): \(Hex.encode(answer))")
            compared += 1
        }
        #expect(compared > 1_000)
        for (side, frames) in conversation.frames where !side.isRequest {
            #expect(places[side.connection] == frames.count)
        }
        let standing = await node.standing
        #expect(standing.height == 139 && standing.chainID == "ev-proof-1")
        await node.stop()
    }

    /// Whether the answer has to be the recorded one to the byte. Where the content is the application's own, says what it
    /// has to be instead.
    private func expectContent(
        _ ours: ABCI.Response, to request: ABCI.Request, recorded: ABCI.Response
    ) throws -> Bool {
        switch (request, ours) {
        case (.flush, _), (.echo, _), (.commit, _): return true
        // The example application's transactions are none of ours.
        case (.processProposal(let proposal), .processProposal(let status)):
            #expect(status == (proposal.transactions.isEmpty ? .accept : .reject))
            return proposal.transactions.isEmpty
        case (.prepareProposal(let proposal), .prepareProposal(let block)):
            #expect(block.transactions.isEmpty)
            return proposal.transactions.isEmpty
        case (.finalizeBlock(let block), .finalizeBlock(let answer)):
            #expect(answer.results.count == block.transactions.count)
            #expect(answer.results.allSatisfy { $0.code != 0 } && answer.appHash.count == 32)
            return false
        case (.checkTx, .checkTx(let outcome)):
            #expect(outcome.code != 0 && outcome.codespace == "wattseal" && !outcome.log.isEmpty)
            return false
        case (.query, .query(let answer)):
            #expect(answer.code == 1 && answer.log.contains("unknown path"))
            return false
        default: return false
        }
    }
}
