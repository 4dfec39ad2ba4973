import Ledger
import LightClient
public import Quantities
public import SignedRecords

extension ReceiptReport {
    /// The receipt for people: a few lines of plain text, and what the verification rests on.
    public var plainText: String {
        var lines = ["Charging receipt"]
        func add(_ name: String, _ value: String) {
            lines.append("  \(name)\(String(repeating: " ", count: max(1, 14 - name.count)))\(value)")
        }
        add("session", session.hex)
        add("charger", "\(product) \(serial), connector \(chain), board \(board)")
        add("meter", meterText)
        add("began", Self.text(began))
        add("ended", "\(Self.text(ended)): \(reasonText)")
        add("energy", "\(Self.decimal(energy.rawValue, places: 6, atLeast: 3)) kWh")
        add(
            "register",
            "\(Self.decimal(registerAtBegin.rawValue, places: 6, atLeast: 3)) to "
                + "\(Self.decimal(registerAtEnd.rawValue, places: 6, atLeast: 3)) kWh")
        for line in ReceiptWords.interruptions(timeline) { add("note", line) }
        add("tariff", tariffText)
        for line in chargeLines { add("of this", line) }
        add("tariff hash", tariffHash.hex)
        if let cost { add("cost", Self.money(cost)) }
        add("paid", Self.money(paid))
        add("commission", "\(Self.money(commission)) of it (\(commissionRateText))")
        if let unpaid, unpaid > .zero { add("not paid", "\(Self.money(unpaid)) beyond what the grant held") }
        add("owner", owner.hex)
        add("payer", payer.hex)
        add(isVoucher ? "voucher" : "grant", grant.hex)
        for warning in warnings { add("warning", warning) }
        lines.append("Verified")
        add("device", device.hex)
        add("firmware", firmwareDigest.hex)
        add("records", "\(records), each signed by the device (key epoch \(keyEpoch)), without a gap")
        for move in moves {
            add("moved", "from ledger \(move.from) to \(move.to), record \(move.sequence) of the connector's chain")
        }
        add("settlement", stateKey)
        add("proved", "under header \(height) of ledger \(ledger)")
        add("header", "\(headerHash?.hex ?? "none") of \(headerTime.rfc3339)")
        add("signed by", "power \(signedPower) of \(totalPower)")
        add("validators", validatorsHash.hex)
        add("anchor", anchorText)
        add("digest", digest.hex)
        return lines.joined(separator: "\n") + "\n"
    }

    /// An amount without its currency, which the ledger does not name.
    public static func money(_ amount: Microunits) -> String { decimal(amount.rawValue, places: 6, atLeast: 2) }

    /// A price, `0.30 per kWh`.
    public static func text(_ price: PricePerKilowattHour) -> String {
        "\(decimal(price.rawValue, places: 6, atLeast: 2)) per kWh"
    }

    /// The tariff's name, with its price where it has one alone.
    public var tariffText: String { tariff.isPlain ? "\(tariffName), \(Self.text(tariff.price))" : tariffName }

    /// What the cost is made of, where the tariff has more than one price: energy at each, time, and the session.
    public var chargeLines: [String] {
        guard !tariff.isPlain else { return [] }
        var lines: [String] = []
        for (index, part) in zip(consumption.energies, tariff.prices).enumerated() where part.0 > .zero {
            let hours: String
            switch index {
            case 0: hours = ""
            case tariff.windows.count + 1: hours = ", without a clock that counts"
            default: hours = ", \(ReceiptWords.text(tariff.windows[index - 1].hours, in: tariff.week))"
            }
            lines.append("\(Self.decimal(part.0.rawValue, places: 6, atLeast: 3)) kWh at \(Self.text(part.1))\(hours)")
        }
        if tariff.hourlyFee > .zero {
            let minutes = Self.decimal(consumption.milliseconds / 6_000, places: 1, atLeast: 0)
            lines.append("\(minutes) minutes at \(Self.money(tariff.hourlyFee)) an hour")
        }
        if tariff.sessionFee > .zero { lines.append("\(Self.money(tariff.sessionFee)) for the session") }
        return lines
    }

    /// The commission's rate, `3%`.
    public var commissionRateText: String {
        "\(Self.decimal(Int64(commissionRate.rawValue), places: 2, atLeast: 0))%"
    }

    /// Who the meter says it is, and how it was read.
    public var meterText: String {
        let names = [meter.vendor, meter.model, meter.serial.isEmpty ? "without serial" : meter.serial]
        return names.filter { !$0.isEmpty }.joined(separator: " ")
            + " (\(meter.profileID), \(ReceiptWords.text(meter.trust)))"
    }

    /// Why the session ended, with the fault's number.
    public var reasonText: String { ReceiptWords.text(reason) + (faultCode.map { " \($0)" } ?? "") }

    /// What keeps this from being a receipt like any other.
    public var warnings: [String] {
        var warnings: [String] = []
        if isBench { warnings.append("a bench device: nobody vouches for its metering") }
        if energyFactor > 1 {
            warnings.append("a simulation that counts energy \(energyFactor) times as fast as life")
        }
        return warnings
    }

    /// What the validators' set rests on.
    public var anchorText: String {
        switch anchorRelation {
        case .notGiven: "none given: compare the validators' hash with one that you trust"
        case .sameValidators(let height): "these are the validators of the anchor (height \(height))"
        case .followsFromAnchor(let height):
            "the header follows from the anchor (height \(height)); the validators changed since"
        }
    }

    /// A time with its quality in words, for eyes: `2027-01-15 08:00:02 UTC`.
    public static func readableText(_ time: RecordTime) -> String {
        let text = text(time)
        // Only a wall time starts with a digit; the words behind it stay.
        guard text.first?.isNumber == true, let stop = text.firstIndex(of: "Z") else { return text }
        return "\(text.prefix(10)) \(text[..<stop].dropFirst(11).prefix(8)) UTC\(text[text.index(after: stop)...])"
    }

    /// A time with its quality in words.
    public static func text(_ time: RecordTime) -> String {
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
    public static func decimal(_ value: Int64, places: Int, atLeast: Int) -> String {
        var digits = String(value.magnitude)
        while digits.count <= places { digits = "0" + digits }
        let whole = digits.dropLast(places)
        var fraction = digits.suffix(places)
        while fraction.count > atLeast, fraction.last == "0" { fraction.removeLast() }
        return "\(value < 0 ? "-" : "")\(whole)\(fraction.isEmpty ? "" : ".")\(fraction)"
    }
}
