import Glibc

/// How the kernel wants the counts of an IIO channel to be taken: `(raw + offset) × scale`, in thousandths of the quantity's unit.
struct IIOScale: Equatable, Sendable {
    /// Billionths of a thousandth of the unit, for one count.
    let billionths: Int64
    /// In thousandths of a count.
    let offset: Int64

    init(billionths: Int64, offset: Int64) {
        self.billionths = billionths
        self.offset = offset
    }

    /// Reads the channel's files, or those that it shares with all channels of its kind; no offset is 0.
    init(folder: String, kind: String, channel: Int) throws(BoardError) {
        let names = ["in_\(kind)\(channel)", "in_\(kind)"]
        let scales = names.map { "\(folder)/\($0)_scale" }
        guard let scale = scales.first(where: { access($0, F_OK) == 0 }) else {
            throw .device(call: "look", path: scales[0], errno: ENOENT)
        }
        billionths = try Self.number(scale, digits: 9)
        guard billionths != 0 else { throw .notANumber(path: scale, text: "0") }
        let offsets = names.map { "\(folder)/\($0)_offset" }
        guard let file = offsets.first(where: { access($0, F_OK) == 0 }) else {
            offset = 0
            return
        }
        offset = try Self.number(file, digits: 3)
    }

    /// The quantity in millionths of its unit; `nil` where a converter cannot have meant it.
    func microunits(ofCount count: Int64) -> Int64? {
        let (thousandths, first) = count.multipliedReportingOverflow(by: 1_000)
        let (sum, second) = thousandths.addingReportingOverflow(offset)
        let (product, third) = sum.multipliedReportingOverflow(by: billionths)
        // 10^-3 counts times 10^-9 thousandths are 10^-15 units.
        return first || second || third ? nil : product / 1_000_000_000
    }

    private static func number(_ path: String, digits: Int) throws(BoardError) -> Int64 {
        let text = try DeviceFile(path: path).readText()
        guard let number = decimal(text, digits: digits) else { throw .notANumber(path: path, text: text) }
        return number
    }

    /// A decimal number such as `-0.732421875`, times ten to the power of `digits`; what is finer is cut off.
    static func decimal(_ text: String, digits: Int) -> Int64? {
        let isNegative = text.hasPrefix("-")
        let parts = (isNegative ? text.dropFirst() : text[...]).split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), !parts[0].isEmpty, parts.allSatisfy({ $0.allSatisfy(\.isASCIIDigit) })
        else { return nil }
        if parts.count == 2, parts[1].isEmpty { return nil }
        let fraction = parts.count == 2 ? parts[1].prefix(digits) : ""
        let zeros = String(repeating: "0", count: digits - fraction.count)
        guard let number = Int64("\(parts[0])\(fraction)\(zeros)") else { return nil }
        return isNegative ? -number : number
    }
}

extension Character {
    fileprivate var isASCIIDigit: Bool { ("0"..."9").contains(self) }
}
