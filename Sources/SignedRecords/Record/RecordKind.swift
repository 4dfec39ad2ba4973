/// The kinds of record with their numbers in field 6.
public enum RecordKind: UInt8, CaseIterable, Hashable, Sendable {
    case genesis = 1
    case begin = 2
    case tick = 3
    case pause = 4
    case resume = 5
    case end = 6
    case event = 7
    case checkpoint = 8
    case meterChange = 9
    case rollover = 10
    case reset = 11
    case clockStep = 12
    case keyChange = 13
    case firmwareChange = 14
    case gap = 15
    case voucherAcceptance = 16
    case rollbackDetected = 17
    case close = 18
    case open = 19
}
