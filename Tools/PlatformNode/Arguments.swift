import ArgumentParser
import Ledger
import LedgerNode
import LightClient
import Quantities
import SignedRecords

// What several commands read from the command line.

extension OutputOptions {
    /// What became of a transaction, under the name that its hash has from now on.
    func show(_ receipt: Wallet.Receipt, as name: String = "transaction") {
        show(name, Hexadecimal.encode(receipt.hash), ["height": receipt.height])
    }
}

/// Hours of the week.
struct HoursOptions: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "How far the hours lie before UTC, the year round (default: +00:00).", valueName: "+hh:mm"))
    var utcOffset: String?

    func week() throws -> LocalWeek { try utcOffset.map { try LocalWeek(text: $0) } ?? .utc }
}

/// The connector of a charger.
struct ConnectorOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The charger.", valueName: "hex"))
    var device: String
    @Option(help: "The connector: 1 and up.")
    var chain: UInt32 = 1

    func place() throws -> (DeviceID, ChainNumber) {
        (try identifier(device, "--device", as: DeviceID.self), ChainNumber(rawValue: chain))
    }
}

/// Times of the command line.
enum Moment {
    static var now: UTCMilliseconds { UTCMilliseconds(LedgerNodeConfiguration.systemClock().unixMilliseconds) }

    /// `2026-12-24T18:00:00Z`, or `+90` for minutes from now.
    static func read(_ text: String, _ option: String) throws -> UTCMilliseconds {
        if text.hasPrefix("+"), let minutes = Int64(text.dropFirst()), (0...5_256_000).contains(minutes) {
            return UTCMilliseconds(now.rawValue + minutes * 60_000)
        }
        guard let time = try? Timestamp(rfc3339: text), time.unixMilliseconds >= 0 else {
            throw Failure(
                line: "\(option) \(text): expected a time like 2026-12-24T18:00:00Z, or +90 for minutes from now")
        }
        return UTCMilliseconds(time.unixMilliseconds)
    }

    /// So many seconds from now.
    static func expiry(in seconds: Int64, atMost maximum: Int64) throws -> UTCMilliseconds {
        guard (1...maximum).contains(seconds) else {
            throw Failure(line: "--expires-in \(seconds): expected 1 to \(maximum) seconds")
        }
        return UTCMilliseconds(now.rawValue + seconds * 1_000)
    }
}

/// An amount of the command line, within bounds.
func microunits(_ value: Int64, _ option: String, _ range: ClosedRange<Int64> = 1...Int64.max) throws -> Microunits {
    guard range.contains(value) else {
        let end = range.upperBound == .max ? "" : " to \(range.upperBound)"
        throw Failure(
            line: "\(option) \(value): expected \(range.lowerBound)\(end.isEmpty ? " or more" : end) microunits")
    }
    return Microunits(value)
}

/// An energy limit of the command line.
func energy(_ value: Int64?, _ option: String) throws -> MilliwattHours? {
    guard let value else { return nil }
    guard value > 0 else { throw Failure(line: "\(option) \(value): expected at least 1 mWh") }
    return MilliwattHours(value)
}

extension Wallet {
    /// The tariff that a grant agrees to: the one that is named, or the charger's.
    func agreed(_ tariff: String?, for device: DeviceID) async throws -> TariffHash {
        if let tariff { return try identifier(tariff, "--tariff", as: TariffHash.self) }
        guard let charger = try await value(.charger(device), as: ChargerRegistration.self) else {
            throw Failure(line: "charger \(device) is not on this ledger")
        }
        return charger.tariff
    }
}
