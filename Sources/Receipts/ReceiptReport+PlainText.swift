import LightClient
import Quantities
import SignedRecords

extension ReceiptReport {
    /// The receipt for people: a few lines of plain text, and what the verification rests on.
    public var plainText: String {
        var lines = ["Charging receipt"]
        func add(_ name: String, _ value: String) {
            lines.append("  \(name)\(String(repeating: " ", count: max(1, 14 - name.count)))\(value)")
        }
        add("session", session.hex)
        add("charger", "\(product) \(serial), connector \(chain)")
        add("meter", "\(meter.vendor) \(meter.model) \(meter.serial)".trimmedOfSpaces)
        add("began", Self.text(began))
        add("ended", "\(Self.text(ended)) (\(reason))")
        add("energy", "\(Self.decimal(energy.rawValue, places: 6, atLeast: 3)) kWh")
        add(
            "register",
            "\(Self.decimal(registerAtBegin.rawValue, places: 6, atLeast: 3)) to "
                + "\(Self.decimal(registerAtEnd.rawValue, places: 6, atLeast: 3)) kWh")
        add("tariff", "\(tariffName), \(Self.decimal(price.rawValue, places: 6, atLeast: 2)) per kWh")
        add("paid", Self.decimal(paid.rawValue, places: 6, atLeast: 2))
        add("commission", "\(Self.decimal(commission.rawValue, places: 6, atLeast: 2)) of it")
        if let unpaid, unpaid > .zero {
            add("not paid", "\(Self.decimal(unpaid.rawValue, places: 6, atLeast: 2)) beyond what the grant held")
        }
        add("owner", owner.hex)
        add("payer", payer.hex)
        if isBench { add("warning", "a bench device: nobody vouches for its metering") }
        if energyFactor > 1 { add("warning", "a simulation that counts energy \(energyFactor) times as fast as life") }
        lines.append("Verified")
        add("records", "\(records), each signed by device \(device.hex), without a gap")
        add("settlement", "proved under header \(height) of ledger \(ledger)")
        add("header", "\(headerHash?.hex ?? "none") of \(headerTime.rfc3339)")
        add("signed by", "power \(signedPower) of \(totalPower)")
        add("validators", validatorsHash.hex)
        switch anchorRelation {
        case .notGiven:
            add("anchor", "none given: compare the validators' hash with one that you trust")
        case .sameValidators(let height):
            add("anchor", "these are the validators of the anchor (height \(height))")
        case .followsFromAnchor(let height):
            add("anchor", "the header follows from the anchor (height \(height)); the validators changed since")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// A time with its quality in words.
    static func text(_ time: RecordTime) -> String {
        guard let utc = time.utc, let moment = Timestamp(unixMilliseconds: utc.rawValue) else {
            return "unknown (the charger's clock was not set)"
        }
        switch time.quality {
        case .synchronised: return moment.rfc3339
        case .informative: return "\(moment.rfc3339) (by a clock that was not synchronised)"
        case .unknown: return "\(moment.rfc3339) (by a clock that was not set)"
        }
    }

    /// A whole number of 10^-places parts as a decimal, without needless zeros past the first `atLeast` places.
    static func decimal(_ value: Int64, places: Int, atLeast: Int) -> String {
        var digits = String(value.magnitude)
        while digits.count <= places { digits = "0" + digits }
        let whole = digits.dropLast(places)
        var fraction = digits.suffix(places)
        while fraction.count > atLeast, fraction.last == "0" { fraction.removeLast() }
        return "\(value < 0 ? "-" : "")\(whole)\(fraction.isEmpty ? "" : ".")\(fraction)"
    }
}

extension String {
    /// Without spaces at the end, where a part was empty.
    fileprivate var trimmedOfSpaces: String {
        var text = Substring(self)
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
