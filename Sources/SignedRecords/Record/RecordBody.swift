/// What a record says; docs/format.md gives every field.
public enum RecordBody: Hashable, Sendable {
    case genesis(Genesis)
    case begin(Begin)
    case tick(Tick)
    case pause(Pause)
    case resume(Resume)
    case end(End)
    case event(Event)
    case checkpoint(Checkpoint)
    case meterChange(MeterChange)
    case rollover(Rollover)
    case reset(Reset)
    case clockStep(ClockStep)
    case keyChange(KeyChange)
    case firmwareChange(FirmwareChange)
    case gap(Gap)
    case voucherAcceptance(VoucherAcceptance)
    case rollbackDetected(RollbackDetected)
    case close(Close)
    case open(Open)

    /// The kind, as field 6 names it.
    public var kind: RecordKind {
        switch self {
        case .genesis: return .genesis
        case .begin: return .begin
        case .tick: return .tick
        case .pause: return .pause
        case .resume: return .resume
        case .end: return .end
        case .event: return .event
        case .checkpoint: return .checkpoint
        case .meterChange: return .meterChange
        case .rollover: return .rollover
        case .reset: return .reset
        case .clockStep: return .clockStep
        case .keyChange: return .keyChange
        case .firmwareChange: return .firmwareChange
        case .gap: return .gap
        case .voucherAcceptance: return .voucherAcceptance
        case .rollbackDetected: return .rollbackDetected
        case .close: return .close
        case .open: return .open
        }
    }

    /// The session that the record belongs to, where it names one.
    public var session: SessionID? {
        switch self {
        case .begin(let body): return body.session
        case .tick(let body): return body.session
        case .pause(let body): return body.session
        case .resume(let body): return body.session
        case .end(let body): return body.session
        case .rollover(let body): return body.session
        case .reset(let body): return body.session
        case .gap(let body): return body.session
        default: return nil
        }
    }

    private var part: any RecordPart {
        switch self {
        case .genesis(let body): return body
        case .begin(let body): return body
        case .tick(let body): return body
        case .pause(let body): return body
        case .resume(let body): return body
        case .end(let body): return body
        case .event(let body): return body
        case .checkpoint(let body): return body
        case .meterChange(let body): return body
        case .rollover(let body): return body
        case .reset(let body): return body
        case .clockStep(let body): return body
        case .keyChange(let body): return body
        case .firmwareChange(let body): return body
        case .gap(let body): return body
        case .voucherAcceptance(let body): return body
        case .rollbackDetected(let body): return body
        case .close(let body): return body
        case .open(let body): return body
        }
    }

    /// The fields of the body.
    public var fields: [RecordField] { part.fields }

    static func read(_ kind: RecordKind, _ fields: CBORFields) throws(CBORError) -> RecordBody {
        switch kind {
        case .genesis: return .genesis(try Genesis.read(fields))
        case .begin: return .begin(try Begin.read(fields))
        case .tick: return .tick(try Tick.read(fields))
        case .pause: return .pause(try Pause.read(fields))
        case .resume: return .resume(try Resume.read(fields))
        case .end: return .end(try End.read(fields))
        case .event: return .event(try Event.read(fields))
        case .checkpoint: return .checkpoint(try Checkpoint.read(fields))
        case .meterChange: return .meterChange(try MeterChange.read(fields))
        case .rollover: return .rollover(try Rollover.read(fields))
        case .reset: return .reset(try Reset.read(fields))
        case .clockStep: return .clockStep(try ClockStep.read(fields))
        case .keyChange: return .keyChange(try KeyChange.read(fields))
        case .firmwareChange: return .firmwareChange(try FirmwareChange.read(fields))
        case .gap: return .gap(try Gap.read(fields))
        case .voucherAcceptance: return .voucherAcceptance(try VoucherAcceptance.read(fields))
        case .rollbackDetected: return .rollbackDetected(try RollbackDetected.read(fields))
        case .close: return .close(try Close.read(fields))
        case .open: return .open(try Open.read(fields))
        }
    }
}
