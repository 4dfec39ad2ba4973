import Ledger
import LedgerNode
import Quantities
import SignedRecords

// Values of the state as commands show them: chargers, and who and what stands around them.

extension ChargerRegistration {
    var shown: Shown {
        [
            "owner": .id(owner), "tariff": .id(tariff), "connectors": .number(Int64(connectors)),
            "bench": .flag(bench), "frozen": .flag(isFrozen), "key_epoch": .number(Int64(keyEpoch)),
            "ed25519": .text(Hexadecimal.encode(ed25519PublicKey)), "p256": .text(Hexadecimal.encode(p256PublicKey)),
            "genesis": .id(genesis),
        ]
    }
}

extension Site.Socket {
    /// As the command line spells it.
    var name: String {
        switch self {
        case .type2Socket: "type2-socket"
        case .type2Cable: "type2-cable"
        case .type1Cable: "type1-cable"
        case .other: "other"
        }
    }
}

extension Site.Connector {
    /// What it offers at 230 V.
    var milliwatts: Int64 { 230 * Int64(current.rawValue) * Int64(phases) }

    var shown: Shown {
        [
            "socket": .text(socket.name), "current_ma": .number(Int64(current.rawValue)),
            "phases": .number(Int64(phases)), "power_mw": .number(milliwatts),
        ]
    }
}

extension Site {
    var shown: Shown {
        [
            "name": .text(name), "place": .text(Place(self).text), "operator": .id(operatedBy),
            "connectors": .list(connectors.map(\.shown)),
        ]
    }
}

extension Sharing {
    var shown: Shown {
        [
            "windows": .list(windows.map { .text($0.text) }), "utc_offset": .text(week.text),
            "deposit_micro": .number(deposit.rawValue), "no_show_minutes": .number(noShowMinutes),
            "notice_minutes": .number(noticeMinutes),
        ]
    }
}

extension Operator {
    var shown: Shown { ["name": .text(name), "contact": .text(contact)] }
}

extension User {
    var shown: Shown {
        [
            "registered": registered.rawValue == 0 ? .none : .time(registered),
            "overdrawn_vouchers": .number(Int64(clamping: overdrawnVouchers)),
        ]
    }
}

extension Availability {
    var shown: Shown {
        [
            "occupied": .flag(isOccupied), "faults": .list(faults.map { .number(Int64($0)) }), "since": .time(since),
        ]
    }
}

extension Equipment {
    var shown: Shown {
        [
            "meter_vendor": .optional(meter) { .text($0.vendor) }, "meter_model": .optional(meter) { .text($0.model) },
            "meter_serial": .optional(meter) { .text($0.serial) },
            "meter_profile": .optional(meter) { .text($0.profileID) }, "firmware": .id(firmware),
        ]
    }
}

extension Reservation {
    var shown: Shown {
        [
            "reservation": .id(hash), "user": .id(user), "from": .time(from), "until": .time(until),
            "kept_until": .time(keptUntil), "deposit_micro": .number(deposit.rawValue), "has_come": .flag(hasCome),
        ]
    }
}

extension FirmwareRelease {
    var shown: Shown {
        [
            "product": .text(product), "version": .text(version), "digest": .id(digest),
            "security_counter": .number(Int64(securityCounter)), "withdrawn": .flag(isWithdrawn),
        ]
    }
}

extension ProductFirmware {
    var shown: Shown { ["newest": .id(newest), "minimum_counter": .number(Int64(minimumCounter))] }
}

extension ChargerListing.Connector {
    var shown: Shown {
        let until: UTCMilliseconds? =
            switch state {
            case .owners(let until), .reserved(let until): until
            default: nil
            }
        let faults: [UInt16] = if case .faulted(let codes) = state { codes } else { [] }
        return [
            "connector": .number(Int64(number)), "state": .text(state.name), "until": .optional(until, Shown.time),
            "faults": faults.isEmpty ? .none : .list(faults.map { .number(Int64($0)) }),
            "since": .optional(since, Shown.time), "socket": .optional(offer) { .text($0.socket.name) },
            "power_mw": .optional(offer) { .number($0.milliwatts) },
            "meter": .optional(equipment?.meter) { .text("\($0.vendor) \($0.model) \($0.serial)") },
            "reservations": reservations.list.isEmpty ? .none : .list(reservations.list.map(\.shown)),
        ]
    }
}

extension ChargerListing {
    func shown(near place: Place?) -> Shown {
        let distance = place.flatMap { place in site.map { Place($0).distance(to: place) } }
        return [
            "device": .id(device), "name": .optional(site) { .text($0.name) },
            "place": .optional(site) { .text(Place($0).text) }, "distance_m": .optional(distance) { .number($0) },
            "operator": .optional(operatedBy) { .text($0.name) },
            "contact": .optional(operatedBy) { .text($0.contact) },
            "owner": .id(registration.owner), "last_heard": .optional(lastHeard, Shown.time),
            "tariff": tariff?.shown ?? .id(registration.tariff), "sharing": .optional(sharing, \.shown),
            "connectors": .list(connectors.map(\.shown)),
        ]
    }
}
