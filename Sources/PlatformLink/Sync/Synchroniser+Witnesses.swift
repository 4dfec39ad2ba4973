import LightClient
import Quantities

extension Synchroniser {
    /// Has the witnesses confirm a verified block. Returns only when one of them has the same header, or none was configured.
    ///
    /// - Throws: `notConfirmed`, `noWitness`, `anchorContradicted`, `trustHalted`, or a failure of the store.
    func confirm(_ block: LightBlock, of primary: NodeClient) async throws(PlatformLinkError) {
        guard providers.areWatched else { return }
        var detector = Detector(
            trace: sync.way, witnesses: providers.witnessesOfRun(), chainID: chainID, options: options)
        let outcome = try await run(&detector, primary)
        // Of a run that our own shutdown cut short nothing is to be learnt about witnesses.
        if !Task.isCancelled { providers.note(detector.standings) }
        for (witness, standing) in detector.standings {
            onProgress(.compared(witness: witness, height: block.height, standing: standing))
        }
        switch outcome {
        case .confirmed: return
        case .unconfirmed: throw .notConfirmed(height: block.height)
        case .noWitness: throw .noWitness(height: block.height)
        case .anchorContradicted(let witness, let found):
            guard let expected = block.header.hash() else { throw .notConfirmed(height: block.height) }
            throw .anchorContradicted(witness: witness, height: block.height, expected: expected, found: found)
        case .diverged:
            guard let halt else { throw .notConfirmed(height: block.height) }
            throw .trustHalted(halt)
        }
    }

    private func run(
        _ detector: inout Detector, _ primary: NodeClient
    ) async throws(PlatformLinkError) -> Detector.Outcome {
        while true {
            switch detector.step {
            case .ask(let height, let witnesses):
                detector.answered(await ask(witnesses) { try await $0.signedHeader(at: height) })
            case .askNewest(let witnesses):
                detector.answered(await ask(witnesses) { try await $0.newestSignedHeader() })
            case .wait(let duration):
                await pause(Nanoseconds(duration))
                detector.waited()
            case .fetch(let height, let source):
                await fetch(height, node(source, primary), for: &detector, now: try now())
            case .halt(let divergence):
                let found = TrustHalt(divergence: divergence, primary: primary.endpoint, time: try now())
                // In memory first: a store that cannot be written must not let the next run trust again.
                halt = found
                try store?.save(found, chainID: chainID)
                onProgress(.halted(found))
                detector.halted()
            case .report(let evidence, let receiver):
                await report(evidence, to: node(receiver, primary))
                try store?.save(evidence)
                detector.reported(now: try now())
            case .done(let outcome): return outcome
            }
        }
    }

    private func node(_ provider: Detector.Provider, _ primary: NodeClient) -> NodeClient {
        switch provider {
        case .primary: primary
        case .witness(let name): providers.client(name) ?? primary
        }
    }

    /// Asks several witnesses at once, so that one that is silent costs no more than the longest time for one call.
    private func ask(
        _ witnesses: [String], _ question: @escaping @Sendable (NodeClient) async throws -> SignedHeader
    ) async -> [String: WitnessAnswer] {
        await withTaskGroup(of: (String, WitnessAnswer).self) { group in
            for witness in witnesses {
                guard let client = providers.client(witness) else { continue }
                group.addTask {
                    do {
                        return (witness, .header(try await question(client)))
                    } catch PlatformLinkError.heightNotAvailable {
                        return (witness, .notYet)
                    } catch {
                        return (witness, .none("\(error)"))
                    }
                }
            }
            var answers: [String: WitnessAnswer] = [:]
            for await (witness, answer) in group { answers[witness] = answer }
            return answers
        }
    }

    private func fetch(_ height: Int64, _ client: NodeClient, for detector: inout Detector, now: Timestamp) async {
        do throws(PlatformLinkError) {
            let block = try await client.lightBlock(at: height)
            onProgress(.fetched(block, from: client.endpoint))
            detector.fetched(block, now: now)
        } catch {
            detector.fetchFailed("\(error)")
        }
    }

    private func report(_ evidence: AttackEvidence, to client: NodeClient) async {
        var refusal: PlatformLinkError?
        do throws(PlatformLinkError) { try await client.report(evidence) } catch { refusal = error }
        onProgress(.reported(evidence, to: client.endpoint, refusal: refusal))
    }
}

extension Nanoseconds {
    /// A duration that fits: what a detector waits is bounded by the clock drift.
    fileprivate init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self.init(min(seconds, 1_000_000) * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}
