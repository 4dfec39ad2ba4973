/// Which rule of a record chain is broken.
public enum ChainFault: Error, Hashable, Sendable, CustomStringConvertible {
    case wrongDevice(expected: DeviceID, found: DeviceID)
    case wrongChain(expected: ChainNumber, found: ChainNumber)
    case wrongSequence(expected: UInt64, found: UInt64)
    case wrongPrevious(expected: RecordHash, found: RecordHash)
    case unknownKeyEpoch(UInt32)
    case keyEpochWentBack(from: UInt32, to: UInt32)
    case signature(COSEError)
    case notGenesis(RecordKind)
    case secondGenesis
    case genesisDevice
    case crossSignature
    case keyChangeSignature
    case keyChangeEpoch(expected: UInt32, found: UInt32)
    case wrongKindForChain(RecordKind)
    case wrongKindInSession(RecordKind)
    case wrongKindOutsideSession(RecordKind)
    case wrongSession(expected: SessionID, found: SessionID)
    case sessionNotDerived(expected: SessionID)
    case registerFell(from: Int64, to: Int64)
    case wrongEnergy(expected: Int64, found: Int64)
    case wrongTickIndex(expected: UInt64, found: UInt64)
    case wrongTickCount(expected: UInt64, found: UInt64)
    case pauseState
    case energyOutOfRange
    case energyFactor(expected: UInt32, found: UInt32)
    case deviceHead
    case afterClose(RecordKind)
    case openWithoutClose
    case openDoesNotMatchClose
    case rollbackNotBehindGap

    public var description: String {
        switch self {
        case .wrongDevice(let expected, let found): return "device \(found), expected \(expected)"
        case .wrongChain(let expected, let found): return "chain \(found), expected \(expected)"
        case .wrongSequence(let expected, let found): return "sequence \(found), expected \(expected)"
        case .wrongPrevious(let expected, let found): return "previous is \(found), expected \(expected)"
        case .unknownKeyEpoch(let epoch): return "key epoch \(epoch) is not known"
        case .keyEpochWentBack(let from, let to): return "key epoch went back from \(from) to \(to)"
        case .signature(let error): return "\(error)"
        case .notGenesis(let kind): return "a device's chain starts with genesis, not \(kind)"
        case .secondGenesis: return "genesis stands only at the start of the device's chain"
        case .genesisDevice: return "the device id is not the hash of the genesis key"
        case .crossSignature: return "the P-256 key's signature over the Ed25519 key does not match"
        case .keyChangeSignature: return "the new key's signature over the change does not match"
        case .keyChangeEpoch(let expected, let found): return "the new key epoch is \(found), expected \(expected)"
        case .wrongKindForChain(let kind): return "\(kind) does not belong in this chain"
        case .wrongKindInSession(let kind): return "\(kind) cannot stand inside a session"
        case .wrongKindOutsideSession(let kind): return "\(kind) cannot stand outside a session"
        case .wrongSession(let expected, let found): return "session \(found), expected \(expected)"
        case .sessionNotDerived(let expected): return "the session id is not the derived one, \(expected)"
        case .registerFell(let from, let to): return "the register fell from \(from) to \(to) mWh"
        case .wrongEnergy(let expected, let found): return "energy \(found) mWh, expected \(expected)"
        case .wrongTickIndex(let expected, let found): return "tick index \(found), expected \(expected)"
        case .wrongTickCount(let expected, let found): return "tick count \(found), expected \(expected)"
        case .pauseState: return "pause and resume do not alternate"
        case .energyOutOfRange: return "an energy sum does not fit"
        case .energyFactor(let expected, let found): return "energy factor \(found), expected \(expected) as in genesis"
        case .deviceHead: return "the device chain has no such record as begin names"
        case .afterClose(let kind): return "\(kind) after close; only open may follow"
        case .openWithoutClose: return "open without close before it"
        case .openDoesNotMatchClose: return "open names another ledger or anchor than close"
        case .rollbackNotBehindGap: return "rollback-detected does not stand directly behind the proved head"
        }
    }
}
