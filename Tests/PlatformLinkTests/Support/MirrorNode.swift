import NIOConcurrencyHelpers
import PlatformLink
import Quantities

/// Another node of the network of a ``FakeNode``: the same chain and state, its own address, lies and failures.
final class MirrorNode: RPCTransport {
    let endpoint: String
    private let node: FakeNode
    private struct State {
        var lie: FakeNode.Lie?
        var isDown = false
        var calls: [String: Int] = [:]
    }
    private let state = NIOLockedValueBox(State())

    init(_ name: String, of node: FakeNode) {
        endpoint = "http://\(name).invalid:26657"
        self.node = node
    }

    func tell(_ lie: FakeNode.Lie?) { state.withLockedValue { $0.lie = lie } }
    var isDown: Bool {
        get { state.withLockedValue { $0.isDown } }
        set { state.withLockedValue { $0.isDown = newValue } }
    }
    func calls(_ method: String) -> Int { state.withLockedValue { $0.calls[method, default: 0] } }

    func close() async {}

    func post(
        _ body: [UInt8], call: String, deadline: Nanoseconds
    ) async throws(PlatformLinkError) -> [UInt8] {
        let (lie, isDown) = state.withLockedValue { state in
            state.calls[call, default: 0] += 1
            return (state.lie, state.isDown)
        }
        guard !isDown else { throw .unreachable(endpoint: endpoint, reason: "down") }
        do {
            let request = try FakeNode.request(body)
            return try lie?(request, node) ?? node.answer(request)
        } catch {
            throw .replyMalformed(call: call, reason: "the mirror: \(error)")
        }
    }
}
