/// Counts what became of each mutation.
struct FuzzTally {
    /// Replies, mutated or not.
    var replies = 0
    var mutated = 0
    var histories = 0
    /// Accepted readings whose energy is what the register showed between request and reply.
    var truths = 0
    /// Accepted readings that lie below the truth, since only the first of both reads was wrong.
    var understatements = 0
    /// Accepted readings of which both reads were wrong alike, within all bounds, while the meter lied consistently …
    var lies = 0
    /// … and where each reply was mutated by itself.
    var coincidences = 0
    var refused = 0
    private(set) var outcomes = [Outcome](repeating: Outcome(), count: ReplyMutation.allCases.count)

    /// What became of the readings, or identifications, that had a reply with one mutation.
    struct Outcome {
        /// In one of the two reads of the energy.
        var acceptedEnergy = 0, refusedEnergy = 0
        /// In any other reply.
        var acceptedRest = 0, refusedRest = 0
    }

    subscript(mutation: ReplyMutation) -> Outcome { outcomes[mutation.rawValue] }

    mutating func count(_ mutation: ReplyMutation, ofEnergy: Bool, accepted: Bool) {
        switch (ofEnergy, accepted) {
        case (true, true): outcomes[mutation.rawValue].acceptedEnergy += 1
        case (true, false): outcomes[mutation.rawValue].refusedEnergy += 1
        case (false, true): outcomes[mutation.rawValue].acceptedRest += 1
        case (false, false): outcomes[mutation.rawValue].refusedRest += 1
        }
    }

    static func += (left: inout FuzzTally, right: FuzzTally) {
        left.replies += right.replies
        left.mutated += right.mutated
        left.histories += right.histories
        left.truths += right.truths
        left.understatements += right.understatements
        left.lies += right.lies
        left.coincidences += right.coincidences
        left.refused += right.refused
        for index in left.outcomes.indices {
            left.outcomes[index].acceptedEnergy += right.outcomes[index].acceptedEnergy
            left.outcomes[index].refusedEnergy += right.outcomes[index].refusedEnergy
            left.outcomes[index].acceptedRest += right.outcomes[index].acceptedRest
            left.outcomes[index].refusedRest += right.outcomes[index].refusedRest
        }
    }

    /// One line for the whole, one for each mutation.
    var report: String {
        var lines = [
            "\(histories) histories, \(replies) replies, \(mutated) of them mutated; readings accepted: \(truths) true, "
                + "\(understatements) below the truth, with both reads wrong alike \(lies) by a consistent lie, "
                + "\(coincidences) by chance; in doubt: \(refused)",
            "mutation: of the energy accepted / refused, of the rest accepted / refused",
        ]
        for mutation in ReplyMutation.allCases {
            let outcome = self[mutation]
            lines.append(
                "\(mutation): \(outcome.acceptedEnergy) / \(outcome.refusedEnergy), "
                    + "\(outcome.acceptedRest) / \(outcome.refusedRest)")
        }
        return lines.joined(separator: "\n")
    }
}
