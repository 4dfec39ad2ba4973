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
    /// In the profile's reading order.
    let replies: [BlockReply]

    /// What was decoded and confirmed, and not yet judged.
    struct Candidate {
        let energy: MilliwattHours
        let export: MilliwattHours?
        let sample: Plausibility.Sample
        let power: Milliwatts?
        let voltages: PerPhase<Millivolts>
        let currents: PerPhase<Milliamps>
        let frequency: Millihertz?
        /// Live values that did not decode, other than by "not available".
        let undecodable: UInt64
    }

    var evidence: RegisterEvidence? { replies.first?.evidence(of: profile.energyBlock.request) }
    var confirmation: RegisterEvidence? {
        replies.count > 1 ? replies[1].evidence(of: profile.confirmationBlock.request) : nil
    }

    /// Decodes both reads of the energy and checks that they agree, then decodes what else there is.
    func assemble(_ plausibility: Plausibility) throws(MeteringError) -> Candidate {
        invariant(replies.count == profile.readingOrder.count, "a reading is assembled from all of its blocks")
        let first = replies[0]
        let second = replies[1]
        let energy: MilliwattHours
        let step: MilliwattHours
        let confirmed: MilliwattHours
        do throws(DecodingFault) {
            energy = MilliwattHours(try profile.energyField.decode(first.words))
            step = try profile.energyField.step(first.words)
            confirmed = MilliwattHours(try profile.confirmationField.decode(second.words))
        } catch {
            throw .undecodable(field: "import", error)
        }
        let most = plausibility.confirmationBound(from: first.sent, to: second.received, step: step)
        guard confirmed >= energy, confirmed - energy <= most else {
            throw .unconfirmed(first: energy, second: confirmed, atMost: most)
        }
        return candidate(energy, step)
    }

    private func candidate(_ energy: MilliwattHours, _ step: MilliwattHours) -> Candidate {
        var faults: UInt64 = 0
        let voltages = values(.voltage, &faults).map { $0.map { Millivolts(Int32($0)) } }
        let currents = values(.current, &faults).map { $0.map { Milliamps(Int32($0)) } }
        let powers = values(.power, &faults)
        var power = values(.totalPower, &faults).first ?? nil
        if power == nil, !powers.isEmpty, powers.allSatisfy({ $0 != nil }) {
            // Each is at most 10 MW.
            power = powers.reduce(0) { $0 + ($1 ?? 0) }
        }
        let milliwatts = power.map { Milliwatts($0) }
        let export = (values(.exportEnergy, &faults).first ?? nil).map { MilliwattHours($0) }
        let frequency = (values(.frequency, &faults).first ?? nil).map { Millihertz(Int32($0)) }
        return Candidate(
            energy: energy, export: export,
            sample: Plausibility.Sample(
                energy: energy, step: step, sent: replies[0].sent, received: replies[0].received, power: milliwatts),
            power: milliwatts, voltages: Self.perPhase(voltages), currents: Self.perPhase(currents),
            frequency: frequency, undecodable: faults)
    }

    /// A live quantity's values; `nil` for one that is not available or does not decode, nothing where no block has it.
    private func values(_ quantity: MeterQuantity, _ faults: inout UInt64) -> [Int64?] {
        for (block, reply) in zip(profile.readingOrder, replies) {
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
