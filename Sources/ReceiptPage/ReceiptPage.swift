import LightClient
import Quantities
public import Receipts
import SignedRecords

// One sheet of paper, A4 or Letter, that a driver can keep: no script, no outside reference, black on white. Everything that
// came from outside goes through `HTMLText`. What can be long is bounded, so that the sheet stays one.

/// A verified receipt as an HTML page.
public struct ReceiptPage {
    private let report: ReceiptReport
    private let code: QRCode?

    /// Lines of what befell the session; the rest is counted.
    private static let noteLimit = 5

    /// The page of a receipt; its QR code says the digest of the receipt's bytes in lower-case hexadecimal.
    public init(_ report: ReceiptReport) {
        self.report = report
        code = QRCode(report.digest.hex)
    }

    /// The whole document, UTF-8.
    public var html: String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
        <title>Charging receipt \(report.session.hex)</title>
        <style>
        \(Self.style)
        </style>
        </head>
        <body>
        <main>
        \(header)
        \(warnings)
        \(facts)
        \(course)
        \(verification)
        </main>
        </body>
        </html>

        """
    }

    // MARK: Parts

    private var header: String {
        """
        <header>
        <div>
        <h1>Charging receipt</h1>
        <p class="sum"><b>\(energyText)</b> kWh <span class="sep"></span> paid <b>\(ReceiptReport.money(report.paid))</b></p>
        <p class="quiet">\(Self.text(report.product)) · \(Self.text(report.serial)) · connector \(report.chain)</p>
        </div>
        \(codeDrawing)
        </header>
        """
    }

    private var codeDrawing: String {
        guard let code else { return "" }
        // Four light modules around the code are part of it.
        let side = code.size + 8
        return """
            <svg class="code" viewBox="-4 -4 \(side) \(side)" shape-rendering="crispEdges" role="img" \
            aria-label="QR code of the receipt's digest"><rect x="-4" y="-4" width="\(side)" height="\(side)" \
            fill="#fff"/><path fill="#000" d="\(code.path)"/></svg>
            """
    }

    private var warnings: String {
        report.warnings.map { "<p class=\"warning\">Warning: \(Self.text($0))</p>" }.joined(separator: "\n")
    }

    private var energyText: String { ReceiptReport.decimal(report.energy.rawValue, places: 6, atLeast: 3) }

    /// How long it took, where that is known.
    private var duration: String {
        report.timeline.points.last?.elapsed.map { ", after \(ReceiptWords.duration($0))" } ?? ""
    }

    private var facts: String {
        func register(_ energy: MilliwattHours) -> String {
            ReceiptReport.decimal(energy.rawValue, places: 6, atLeast: 3)
        }
        var rows: [(String, String)] = [
            ("Began", Self.text(ReceiptReport.readableText(report.began))),
            ("Ended", Self.text(ReceiptReport.readableText(report.ended) + duration)),
            ("Because", Self.text(report.reasonText)),
            ("Meter", Self.text(report.meterText)),
            ("Register", "\(register(report.registerAtBegin)) to \(register(report.registerAtEnd)) kWh"),
            ("Tariff", Self.text(report.tariffText)),
        ]
        for line in report.chargeLines { rows.append(("Of this", Self.text(line))) }
        if let cost = report.cost { rows.append(("Cost", ReceiptReport.money(cost))) }
        rows.append(
            (
                "Paid",
                "\(ReceiptReport.money(report.paid)), of which \(ReceiptReport.money(report.commission)) "
                    + "(\(report.commissionRateText)) commission"
            ))
        if let unpaid = report.unpaid, unpaid > .zero {
            rows.append(("Not paid", "\(ReceiptReport.money(unpaid)) beyond what the grant held"))
        }
        rows += [
            ("Session", HTMLText.grouped(report.session.hex)),
            ("Tariff hash", HTMLText.grouped(report.tariffHash.hex)),
            (report.isVoucher ? "Voucher" : "Grant", HTMLText.grouped(report.grant.hex)),
            ("Payer", HTMLText.grouped(report.payer.hex)),
            ("Owner", HTMLText.grouped(report.owner.hex)),
        ]
        return Self.table(rows)
    }

    private var course: String {
        var notes = ReceiptWords.interruptions(report.timeline)
        if notes.count > Self.noteLimit {
            let rest = notes.count - (Self.noteLimit - 1)
            notes = notes.prefix(Self.noteLimit - 1) + ["and \(rest) more, in the receipt's file"]
        }
        if report.began.quality != .synchronised || report.ended.quality != .synchronised {
            notes.append("the charger's clock was not synchronised throughout: times are counted from begin")
        }
        if report.timeline.points.contains(where: { $0.elapsed == nil }) {
            notes.append("the charger started anew: the dashed part took a time that is not known")
        }
        let list = notes.map { "<li>\(Self.text($0))</li>" }.joined()
        return """
            <section>
            <h2>Energy over time</h2>
            \(EnergyCurve(report).svg())
            <ul class="notes">\(list.isEmpty ? "<li>no pause, no gap, no fault</li>" : list)</ul>
            </section>
            """
    }

    private var verification: String {
        let moves = report.moves.suffix(2).map { move in
            ("Moved", "from ledger \(Self.text(move.from)) to \(Self.text(move.to)) at record \(move.sequence)")
        }
        let rows: [(String, String)] =
            [
                ("Digest", HTMLText.grouped(report.digest.hex)),
                ("Device", HTMLText.grouped(report.device.hex)),
                ("Firmware", HTMLText.grouped(report.firmwareDigest.hex)),
            ] + moves + [
                ("Ledger", "\(Self.text(report.ledger)), header \(report.height) of \(report.headerTime.rfc3339)"),
                ("Header", HTMLText.grouped(report.headerHash?.hex ?? "")),
                ("Validators", HTMLText.grouped(report.validatorsHash.hex)),
                ("Anchor", Self.text(report.anchorText)),
            ]
        return """
            <section class="checked">
            <h2>Verified when this page was made</h2>
            <p>\(report.records) records, each signed by the device with key epoch \(report.keyEpoch), number \
            \(report.beginSequence) to \(report.endSequence) without a gap; registers, energies and \(report.ticks) \
            kilowatt-hours agree. The tariff is the one agreed to. The ledger proves this session's settlement, and it is \
            what records and tariff give. Validators with power \(report.signedPower) of \(report.totalPower) signed its \
            header, every signature checked. This sheet proves nothing by itself: keep the receipt's file, whose SHA-256 \
            is the digest in the code above.</p>
            \(Self.table(rows))
            </section>
            """
    }

    private static func table(_ rows: [(String, String)]) -> String {
        let lines = rows.map { "<tr><th>\($0.0)</th><td>\($0.1)</td></tr>" }
        return "<table>\n\(lines.joined(separator: "\n"))\n</table>"
    }

    private static func text(_ text: String) -> String { HTMLText.escaped(text) }
}
