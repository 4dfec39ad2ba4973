import Foundation
import Ledger
import SignedRecords
import Testing

/// docs/ledger.md leaves nothing out: every kind of transaction and every key has its row.
@Suite("The ledger's page")
struct LedgerPageTests {
    private static func page() throws -> String {
        var folder = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { folder.deleteLastPathComponent() }
        return try String(contentsOf: folder.appendingPathComponent("docs/ledger.md"), encoding: .utf8)
    }

    /// `settleReservation` as `settle reservation`.
    private static func words(_ name: String) -> String {
        name.reduce(into: "") { $0 += $1.isUppercase ? " " + $1.lowercased() : String($1) }
    }

    @Test("every kind of transaction stands in the table, by its number and its name")
    func kinds() throws {
        let page = try Self.page()
        for kind in TransactionBody.Kind.allCases {
            #expect(page.contains("\n| \(kind.rawValue) \(Self.words("\(kind)")) | "), "\(kind)")
        }
    }

    @Test("every key stands in the table, by its first word")
    func keys() throws {
        let page = try Self.page()
        let device = DeviceID(hashing: [1])
        let account = AccountID(hashing: [1])
        let grant = GrantHash(hashing: [1])
        let session = SessionID(exactly: [UInt8](repeating: 1, count: 16))
        let keys: [StateKey] = [
            .parameters, .governance, .votes(ContentHash(hashing: [1])), .account(account),
            .tariff(TariffHash(hashing: [1])), .charger(device), .key(device, epoch: 1), .moved(device),
            .head(device, .device), .record(device, .device, 1), .equivocation(device, .device),
            .grant(device, .connector(1)), .hold(device, .connector(1)), .released(grant), .voucher(grant),
            .allowance(grant), .open(device, .connector(1)), .session(device, session), .refund(device, session),
            .operatedBy(account), .user(account), .site(device), .equipment(device, .device),
            .availability(device, .device), .sharing(device), .claim(device, .connector(1)),
            .reservations(device, .connector(1)), .firmware(ContentHash(hashing: [1])), .product("Box"),
        ]
        for key in keys {
            let parts = key.text.split(separator: "/")
            let row = page.split(separator: "\n").first { line in
                line.split(separator: "|").first?.contains("`\(parts[0])\(parts.count > 1 ? "/" : "`")") == true
            }
            #expect(row != nil, "\(key.text)")
            // As many parts as the page's key has.
            let shown = row?.split(separator: "`").first { $0.hasPrefix(parts[0]) }
            #expect(shown?.split(separator: "/").count == parts.count, "\(key.text): \(shown ?? "")")
        }
    }
}
