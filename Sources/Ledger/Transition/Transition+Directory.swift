internal import Quantities
internal import SignedRecords

// What people look up: who and where, by their owners' words; with what meter and firmware, and whether it works, by the
// chargers' own signed records.

extension Transition {
    mutating func registerUser(_ account: AccountID) throws(LedgerError) {
        var user = try read(.user(account), as: User.self) ?? User(registered: UTCMilliseconds(0))
        guard user.registered.rawValue == 0 else { throw .exists(what: "user \(account)") }
        user.registered = block.time
        write(.user(account), user)
    }

    /// A voucher of this account was accepted for more than it covers.
    mutating func flagVoucher(of account: AccountID) throws(LedgerError) {
        var user = try read(.user(account), as: User.self) ?? User(registered: UTCMilliseconds(0))
        user.overdrawnVouchers += 1
        write(.user(account), user)
    }

    mutating func describe(_ device: DeviceID, _ site: Site, sender: AccountID) throws(LedgerError) {
        try requireOwner(of: device, is: sender, what: "site")
        let connectors = try charger(device).connectors
        guard site.connectors.count == Int(connectors) else {
            throw .refused(
                what: "site's connectors", expected: "the charger's \(connectors)", found: "\(site.connectors.count)")
        }
        if let account = site.operatedBy, try state.value(of: .operatedBy(account)) == nil {
            throw .unknown(what: "operator \(account)")
        }
        write(.site(device), site)
    }

    /// Takes an accepted record into what is known of its connector.
    mutating func noteDirectory(_ record: Record) throws(LedgerError) {
        switch record.body {
        case .event(.faultLatched(let fault)):
            try changeAvailability(of: record) { $0.note(fault: fault.code, stands: true) }
        case .event(.faultCleared(let fault)):
            try changeAvailability(of: record) { $0.note(fault: fault.code, stands: false) }
        case .begin(let begin):
            try changeAvailability(of: record) { $0.isOccupied = true }
            try changeEquipment(of: record) {
                $0.meter = begin.meter
                $0.firmware = begin.firmwareDigest
            }
        case .end: try changeAvailability(of: record) { $0.isOccupied = false }
        case .rollbackDetected where record.chain != .device:
            try changeAvailability(of: record) { $0.isOccupied = false }
        case .meterChange(let change):
            try changeEquipment(of: record) {
                $0.meter = change.after
                $0.register = change.reading.import
            }
        case .firmwareChange(let change): try changeEquipment(of: record) { $0.firmware = change.after }
        default: break
        }
    }

    /// Whether a session begins below the register at which the one before it ended, and no other meter was put in: some of
    /// its kilowatt-hours would be paid twice.
    func isSetBack(_ begin: Begin, _ record: Record) throws(LedgerError) -> Bool {
        let equipment = try read(.equipment(record.device, record.chain), as: Equipment.self)
        return equipment?.register.map { begin.reading.import < $0 } ?? false
    }

    private mutating func changeAvailability(
        of record: Record, _ change: (inout Availability) -> Void
    ) throws(LedgerError) {
        let key = StateKey.availability(record.device, record.chain)
        var availability = try read(key, as: Availability.self) ?? Availability(since: block.time)
        let before = availability
        change(&availability)
        guard availability != before else { return }
        if before.isFaulted { try noteFaulted(since: before.since, record.device, record.chain) }
        availability.since = block.time
        write(key, availability)
    }

    mutating func changeEquipment(
        of record: Record, _ change: (inout Equipment) -> Void
    ) throws(LedgerError) {
        let key = StateKey.equipment(record.device, record.chain)
        var equipment = try read(key, as: Equipment.self) ?? Equipment()
        let before = equipment
        change(&equipment)
        if equipment != before { write(key, equipment) }
    }
}
