import Ledger
import PlatformLink
import SignedRecords

/// The owner's own vouchers, kept on the device: each pays one session of someone who pays nothing. What is sold for nothing is
/// thus in records and on the ledger like any other session: from the owner's account to the owner's account.
struct VoucherStock: Equatable, Sendable {
    /// A file with a voucher in hexadecimal on each line.
    let path: String
    /// The plain card numbers that may use a voucher without a bearer; nil for any card.
    let identifiers: Set<[UInt8]>?
    /// Longer files are not read.
    static let maximumBytes = 1 << 20

    /// The vouchers in the file. A line that is none is left out: the others stay good.
    ///
    /// - Throws: `FirmwareError` where the file cannot be read.
    func vouchers() throws(FirmwareError) -> [Voucher] {
        let text: String
        do { text = try SmallFile.read(path, limit: Self.maximumBytes) ?? "" } catch {
            throw .room("offline.vouchers", reason: "\(path): \(error)")
        }
        return text.split(separator: "\n").compactMap { line in
            guard let bytes = Hexadecimal.decode(line.filter { $0 != "\r" && $0 != " " }) else { return nil }
            return try? Voucher(decoding: bytes)
        }
    }
}
