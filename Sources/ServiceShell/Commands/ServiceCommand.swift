/// The commands of the shell. What each takes and who may give it stands in `CommandTable`.
public enum ServiceCommand: CaseIterable, Sendable {
    case help, ident, login, loginCode, logout, whoami, confirm, term, baud
    case status, watch, subscribe, unsubscribe
    case pilot, proximity, meter, residual, contactor, earth, temperatures, lock, power
    case faults, session, limit, time, journal, ledger, keys, bus, log, selfTest
    case lines, meterRaw, busScan, verifyJournal, newestRecords, exportRecords, proveKeys, makeArchive, readArchive
    case links, benchStorage, setTime, restart
    case settings, settingsDifference, stageLimit, unstageLimit, stageService
    case commitSettings, trySettings, confirmSettings, rollBackSettings
    case calibration, calibrate, resetCalibration
    case enterService, leaveService, testContactor, testLock, testLamps
    case clearFault, stop, start, setLimit, liftLimit, testResidual, rotateKeys, destroyKeys
    case firmware, receiveFirmware, putFirmware, verifyFirmware, activateFirmware, overrideFirmware, confirmFirmware
    case rollBackFirmware, receiveFirmwareFile

    /// Whether it is about who is logged in.
    var concernsLogin: Bool {
        switch self {
        case .login, .loginCode, .logout, .whoami: true
        default: false
        }
    }
}
