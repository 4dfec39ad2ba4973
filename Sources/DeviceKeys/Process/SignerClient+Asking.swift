import Glibc
import PacketSockets
import SignedRecords
import Synchronization

extension SignerClient {
    /// How one attempt ended.
    private enum Outcome {
        case reply(SignerReply)
        /// Worth another attempt; the error stands where patience ends.
        case again(KeyStoreError)
        case refused(KeyStoreError)
    }

    /// The shortest attempt.
    private static let moment: Int64 = 50_000_000
    /// Between two attempts; doubled after each, up to a second.
    private static let pauses: ClosedRange<useconds_t> = 20_000...1_000_000

    /// Asks until there is an answer or patience ends.
    func ask(_ request: SignerRequest) throws(KeyStoreError) -> SignerReply {
        try state.withLock { (state) throws(KeyStoreError) in
            let isSlow = if case .prepareKeyChange = request { true } else { false }
            let attempt = (isSlow ? SignerClient.slowAttempt : SignerClient.attempt).wholeNanoseconds
            let end = Monotonic.nanoseconds() + (isSlow ? max(patience, 2 * attempt) : patience)
            var pause = SignerClient.pauses.lowerBound
            while true {
                switch self.attempt(request, &state, before: min(end, Monotonic.nanoseconds() + attempt)) {
                case .reply(let reply): return reply
                case .refused(let error): throw error
                case .again(let error):
                    // An attempt needs a moment of its own: one cut short would say less than the last.
                    let left = end - Monotonic.nanoseconds() - SignerClient.moment
                    guard left > 0 else { throw error }
                    usleep(min(pause, useconds_t(clamping: left / 1_000)))
                    pause = min(2 * pause, SignerClient.pauses.upperBound)
                }
            }
        }
    }

    private func attempt(_ request: SignerRequest, _ state: inout State, before deadline: Int64) -> Outcome {
        do throws(PacketSocket.Fault) {
            if state.connection == nil, let refusal = try greet(&state, before: deadline) { return refusal }
            guard let reply = try state.connection?.ask(request, before: deadline) else {
                drop(&state)
                return .refused(.signerAnswer("no reply to this request"))
            }
            switch reply {
            case .refused(let error) where error == .signerBusy || error == .signerTaken: return .again(error)
            case .refused(let error): return .refused(error)
            case .keys(let keys):
                if case .activate = request { state.activated = keys.epoch }
                state.keys = keys
                return .reply(reply)
            default: return .reply(reply)
            }
        } catch {
            let wasThere = state.connection != nil
            drop(&state)
            if wasThere, state.keys != nil { log("the signer is gone: \(error)") }
            return .again(.signerUnreachable("\(error)"))
        }
    }

    /// Connects and makes sure that it is the same device's signer, with the same epoch in force; nil where it is.
    private func greet(_ state: inout State, before deadline: Int64) throws(PacketSocket.Fault) -> Outcome? {
        state.connection = try SignerConnection(to: endpoint)
        var reply = try state.connection?.ask(.hello, before: deadline)
        if case .keys(let keys) = reply, let epoch = state.activated, keys.epoch != epoch {
            reply = try state.connection?.ask(.activate(epoch: epoch), before: deadline)
        }
        switch reply {
        case .keys(let keys):
            if let known = state.keys {
                guard known.publicKeys == keys.publicKeys, known.epoch == keys.epoch else {
                    drop(&state)
                    return .refused(.signerAnswer("it has other keys than before"))
                }
                log("the signer is back")
            } else {
                state.keys = keys
            }
            return nil
        case .refused(let error) where error == .signerBusy || error == .signerTaken:
            drop(&state)
            return .again(error)
        case .refused(let error):
            drop(&state)
            return .refused(error)
        default:
            drop(&state)
            return .refused(.signerAnswer("no keys in reply to a greeting"))
        }
    }

    private func drop(_ state: inout State) {
        state.connection?.end()
        state.connection = nil
    }
}

extension Duration {
    var wholeNanoseconds: Int64 { components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000 }
}
