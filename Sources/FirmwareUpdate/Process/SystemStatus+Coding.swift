import SignedRecords

// {1 standing (1 none, 2 staged, 3 installing, 4 restart due, 5 on trial, 6 unknown), 2 percent of 3, 3 words of 3 and 6, 4 floor,
//  5 image as in the record, 6 excused, 7 outcome as in the record}
extension SystemStatus {
    private static let mostWords = 512

    var item: CBOR {
        var (percent, words) = (UInt8?.none, String?.none)
        let number: UInt64
        switch standing {
        case .none: number = 1
        case .staged: number = 2
        case .installing(let done, let step): (number, percent, words) = (3, done, step)
        case .restartDue: number = 4
        case .onTrial: number = 5
        case .unknown(let reason): (number, words) = (6, reason)
        }
        return CBOR.fields([
            (1, .unsigned(number)), (2, percent.map { .unsigned(UInt64($0)) }),
            (3, words.map { .text(UpdaterWire.printable($0, atMost: Self.mostWords)) }),
            (4, .unsigned(UInt64(counterFloor))), (5, candidate?.item), (6, .unsigned(UInt64(excused.rawValue))),
            (7, outcome?.item),
        ])
    }

    init(_ fields: CBORFields) throws(CBORError) {
        var fields = fields
        let standing: SystemStanding
        let number = try fields.unsigned(1, "standing")
        switch number {
        case 1: standing = .none
        case 2: standing = .staged
        case 3:
            let percent = UInt8(truncatingIfNeeded: try fields.unsigned(2, "percent", maximum: 100))
            standing = .installing(percent: percent, step: try fields.text(3, "words", maximum: Self.mostWords))
        case 4: standing = .restartDue
        case 5: standing = .onTrial
        case 6: standing = .unknown(try fields.text(3, "words", maximum: Self.mostWords))
        default: throw UpdaterWire.unknown("\(fields.path).standing", number, expected: "1 to 6")
        }
        let floor = try fields.integer(4, "floor", as: UInt32.self)
        let candidate = try fields.optional(5, "image").map { (item) throws(CBORError) in
            try SystemRecord.Candidate(try CBORFields(item, path: "\(fields.path).image"))
        }
        let excused = ConfirmConditions(rawValue: try fields.integer(6, "excused", as: UInt16.self))
        let outcome = try fields.optional(7, "outcome").map { (item) throws(CBORError) in
            try SystemRecord.Outcome(try CBORFields(item, path: "\(fields.path).outcome"))
        }
        self.init(
            standing: standing, counterFloor: floor, candidate: candidate, excused: excused, outcome: outcome)
        try fields.finish()
    }
}
