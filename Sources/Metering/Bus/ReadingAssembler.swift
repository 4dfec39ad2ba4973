internal import Quantities

/// One block's reply.
struct BlockReply: Equatable, Sendable {
    let words: [UInt16]
    let sent: MonotonicInstant
    let received: MonotonicInstant

    func evidence(of request: RegisterRequest) -> RegisterEvidence {
        RegisterEvidence(functionCode: request.functionCode, address: request.address, words: words)
    }
}

/// Decodes the replies of one reading. Pure: what it answers depends on the words alone.
struct ReadingAssembler {
    let profile: MeterProfile
    /// In the profile's reading order, like the requests and the replies.
    let blocks: [RegisterBlock]
    let requests: [RegisterRequest]
    let replies: [BlockReply]

    /// What was decoded and confirmed, and not yet judged.
    struct Candidate {
        let energy: MilliwattHours
        let export: MilliwattHours?
        let sample: Plausibility.Sample
        let live: LiveValues
        /// Live values that did not decode, other than by "not available".
        let undecodable: UInt64
    }

    var evidence: RegisterEvidence? { replies.first?.evidence(of: requests[0]) }
    var confirmation: RegisterEvidence? { replies.count > 1 ? replies[1].evidence(of: requests[1]) : nil }

    /// Decodes both reads of the energy and checks that they agree, then decodes what else there is.
    func assemble(_ plausibility: Plausibility) throws(MeteringError) -> Candidate {
        invariant(replies.count == blocks.count, "a reading is assembled from all of its blocks")
        let first = replies[0]
        let second = replies[1]
        let energy: MilliwattHours
        let step: MilliwattHours
        let modulus: MilliwattHours?
        let confirmed: MilliwattHours
        do throws(DecodingFault) {
            energy = MilliwattHours(try profile.billing.energy.field.decode(first.words))
            step = try profile.billing.energy.field.step(first.words)
            modulus = try profile.billing.energy.field.modulus(first.words)
            confirmed = MilliwattHours(try profile.confirmationField.decode(second.words))
        } catch {
            throw .undecodable(field: "import", error)
        }
        let most = plausibility.confirmationBound(from: first.sent, to: second.received, step: step)
        guard confirmed >= energy, confirmed - energy <= most else {
            throw .unconfirmed(field: "import", first: energy, second: confirmed, atMost: most)
        }
        try confirmExport(plausibility)
        return candidate(energy, step, modulus)
    }

    /// Where both requests hold the export, it has to agree as well. It is not sold: one that is missing is no error.
    private func confirmExport(_ plausibility: Plausibility) throws(MeteringError) {
        guard let fields = profile.confirmedExport, let first = try? fields.first.decode(replies[0].words),
            let second = try? fields.second.decode(replies[1].words),
            let step = try? fields.first.step(replies[0].words)
        else { return }
        let most = plausibility.confirmationBound(from: replies[0].sent, to: replies[1].received, step: step)
        guard second >= first, second - first <= most.rawValue else {
            throw .unconfirmed(
                field: "export", first: MilliwattHours(first), second: MilliwattHours(second), atMost: most)
        }
    }

    private func candidate(
        _ energy: MilliwattHours, _ step: MilliwattHours, _ modulus: MilliwattHours?
    ) -> Candidate {
        var faults: UInt64 = 0
        let live = live(&faults)
        let export = (values(.exportEnergy, &faults).first ?? nil).map { MilliwattHours($0) }
        return Candidate(
            energy: energy, export: export,
            sample: Plausibility.Sample(
                energy: energy, step: step, modulus: modulus,
                scaleFactor: profile.billing.energy.field.scaleFactor(replies[0].words), sent: replies[0].sent,
                received: replies[0].received, power: live.power),
            live: live, undecodable: faults)
    }

    /// The live values; what does not decode is missing, and counted.
    func live(_ faults: inout UInt64) -> LiveValues {
        let voltages = values(.voltage, &faults).map { $0.map { Millivolts(Int32($0)) } }
        let currents = values(.current, &faults).map { $0.map { Milliamps(Int32($0)) } }
        let powers = values(.power, &faults)
        var power = values(.totalPower, &faults).first ?? nil
        if power == nil, !powers.isEmpty, powers.allSatisfy({ $0 != nil }) {
            // Each is at most 10 MW.
            power = powers.reduce(0) { $0 + ($1 ?? 0) }
        }
        let frequency = (values(.frequency, &faults).first ?? nil).map { Millihertz(Int32($0)) }
        return LiveValues(
            at: replies[0].received, power: power.map { Milliwatts($0) }, voltages: Self.perPhase(voltages),
            currents: Self.perPhase(currents), frequency: frequency)
    }

    /// The words that never stand still on a live mains, one behind the other.
    var jitteringWords: [UInt16] {
        profile.jitters.flatMap { jitter in
            guard let index = blocks.firstIndex(of: jitter.block) else {
                invariantBroken("a profile's blocks are read")
            }
            return jitter.field.words(replies[index].words)
        }
    }

    /// A live quantity's values; `nil` for one that is not available or does not decode, nothing where no block has it.
    private func values(_ quantity: MeterQuantity, _ faults: inout UInt64) -> [Int64?] {
        for (block, reply) in zip(blocks, replies) {
            guard let field = block.field(quantity) else { continue }
            var values: [Int64?] = []
            for index in 0..<field.count {
                do throws(DecodingFault) {
                    values.append(try field.decode(reply.words, index: index))
                } catch {
                    if error != .notAvailable { faults += 1 }
                    values.append(nil)
                }
            }
            return values
        }
        return []
    }

    private static func perPhase<Value: Quantity>(_ values: [Value?]) -> PerPhase<Value> {
        PerPhase(
            l1: values.count > 0 ? values[0] : nil, l2: values.count > 1 ? values[1] : nil,
            l3: values.count > 2 ? values[2] : nil)
    }
}
