/// Something that happened to a connector or to the device; the sub-kind is field 1, its map is field 2.
public enum Event: Hashable, Sendable {
    case faultLatched(FaultLatched)
    case faultCleared(FaultCleared)
    case wear(Wear)
    case residualSelfTest(ResidualSelfTest)
    case technicianAction(TechnicianAction)
    case configurationChange(ConfigurationChange)

    /// The sub-kind's number.
    public var kind: EventKind {
        switch self {
        case .faultLatched: return .faultLatched
        case .faultCleared: return .faultCleared
        case .wear: return .wear
        case .residualSelfTest: return .residualSelfTest
        case .technicianAction: return .technicianAction
        case .configurationChange: return .configurationChange
        }
    }
}

/// The sub-kinds of event with their numbers.
public enum EventKind: UInt8, CaseIterable, Hashable, Sendable {
    case faultLatched = 1
    case faultCleared = 2
    case wear = 3
    case residualSelfTest = 4
    case technicianAction = 5
    case configurationChange = 6
}

extension Event: RecordPart {
    private var part: any RecordPart {
        switch self {
        case .faultLatched(let body): return body
        case .faultCleared(let body): return body
        case .wear(let body): return body
        case .residualSelfTest(let body): return body
        case .technicianAction(let body): return body
        case .configurationChange(let body): return body
        }
    }

    var fields: [RecordField] {
        [RecordField(1, "event", .code(kind)), RecordField(2, "detail", .fields(part.fields))]
    }

    init(reading fields: inout CBORFields) throws(CBORError) {
        let kind = try fields.code(1, "event", EventKind.self)
        let detail = try fields.fields(2, "detail")
        switch kind {
        case .faultLatched: self = .faultLatched(try FaultLatched.read(detail))
        case .faultCleared: self = .faultCleared(try FaultCleared.read(detail))
        case .wear: self = .wear(try Wear.read(detail))
        case .residualSelfTest: self = .residualSelfTest(try ResidualSelfTest.read(detail))
        case .technicianAction: self = .technicianAction(try TechnicianAction.read(detail))
        case .configurationChange: self = .configurationChange(try ConfigurationChange.read(detail))
        }
    }
}
