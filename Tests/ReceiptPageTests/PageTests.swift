import Foundation
import FoundationXML
import LightClient
import Quantities
import ReceiptPage
import ReceiptSamples
import Receipts
import RecordSamples
import SignedRecords
import Testing

/// Pages that a printer and a reader of QR codes must be able to take.
enum SamplePage: CaseIterable {
    case simple, paused, year, hostile, wide, troubled, moved, simulation, clockless

    func report() throws -> ReceiptReport {
        var sample: SampleReceipt
        switch self {
        case .simple: sample = try SampleReceipt(secondsPerTick: 300)
        case .paused: sample = try SampleReceipt(kilowattHours: 12, pauses: true, secondsPerTick: 327)
        case .year: sample = try SampleReceipt(kilowattHours: 400, secondsPerTick: 70_000)
        case .hostile: sample = try SampleReceipt(words: .init(everywhere: Self.hostileWords))
        case .wide: sample = try SampleReceipt(words: .init(everywhere: String(repeating: "W", count: 64)))
        case .troubled: sample = try SampleReceipt(secondsPerTick: 164, extra: Self.trouble)
        case .moved:
            sample = try SampleReceipt(ledgers: (1...5).map { "ledger-\($0)" + String(repeating: "M", count: 40) })
        case .simulation: sample = try SampleReceipt(energyFactor: 20)
        case .clockless: sample = try SampleReceipt(secondsPerTick: 164, quality: .unknown)
        }
        let grant = self == .troubled ? Microunits(7) : Microunits(1_000_000_000)
        return try sample.receipt(try sample.settlement(available: grant)).verify(anchor: nil)
    }

    static let hostileWords = "</td><script>alert(1)</script>\" onload='x' &amp; \u{202E}é"

    /// More than fits on a sheet.
    private static func trouble(_ session: SessionID) -> [RecordBody] {
        (0..<40).flatMap { index -> [RecordBody] in
            let register = MilliwattHours(10_000_300 + Int64(index) * 100)
            return [
                .event(.faultLatched(FaultLatched(code: UInt16(index)))),
                .pause(Pause(session: session, reason: .fault)),
                .gap(
                    Gap(
                        session: session, reason: .meterRefused, milliseconds: UInt64(index) * 77_777,
                        lastImport: register, reading: SampleDevice.reading(register.rawValue + 50))),
                .resume(Resume(session: session)),
            ]
        }
    }
}

@Suite("A receipt's page")
struct PageTests {
    @Test("holds what the receipt says, and what was verified")
    func content() throws {
        let report = try SamplePage.paused.report()
        let html = ReceiptPage(report).html
        for part in [
            "<b>12.300</b> kWh", "paid <b>4.305</b>", "0.35 per kWh", "7.000 to 19.300 kWh", "0.12915 (3%) commission",
            "the car had enough", "1 pause: by the car", "Eastron SDM630 23456789",
            "compare the validators&#39; hash with one that you trust", "power 40 of 40", "2027-01-15 08:00:02 UTC",
            "2027-01-15 09:10:55 UTC, after 1 h 10 min",
            "16 records, each signed",
        ] { #expect(html.contains(part), "\(part)") }
        let plain = html.replacingOccurrences(of: "<wbr>", with: "")
        for hex in [
            report.digest.hex, report.device.hex, report.session.hex, report.payer.hex, report.owner.hex,
            report.grant.hex, report.tariffHash.hex, report.validatorsHash.hex, report.firmwareDigest.hex,
        ] { #expect(plain.contains(hex)) }
    }

    @Test("says what is doubtful: a simulation, a clock, what was not paid, a move")
    func doubts() throws {
        #expect(ReceiptPage(try SamplePage.simulation.report()).html.contains("Warning: a simulation"))
        #expect(ReceiptPage(try SamplePage.clockless.report()).html.contains("clock was not synchronised"))
        #expect(ReceiptPage(try SamplePage.troubled.report()).html.contains("beyond what the grant held"))
        #expect(ReceiptPage(try SamplePage.moved.report()).html.contains("<th>Moved</th>"))
        let plain = ReceiptPage(try SamplePage.simple.report()).html
        for word in ["Warning", "synchronised", "beyond", "Moved"] { #expect(!plain.contains(word), "\(word)") }
    }

    @Test(
        "keeps what strangers wrote as text: no markup of theirs, no script, no reference to anywhere",
        arguments: SamplePage.allCases)
    func escaped(_ page: SamplePage) throws {
        let html = ReceiptPage(try page.report()).html
        #expect(!html.lowercased().contains("<script"))
        #expect(!html.contains("\u{202E}"))
        for word in ["src=", "href", "url(", "@import", "http://", "https://", "<img", "<link", "<object", "<iframe"] {
            #expect(!html.lowercased().contains(word), "\(word)")
        }
        guard page == .hostile else { return }
        // Element by element, by a parser that others wrote, every text comes back whole.
        let document = try XMLText(html)
        let words = SamplePage.hostileWords.replacingOccurrences(of: "\u{202E}", with: "\u{FFFD}")
        #expect(document.text.contains(words))
        #expect(!document.elements.contains("script"))
        #expect(
            document.attributes.isSubset(of: XMLText.expected), "\(document.attributes.subtracting(XMLText.expected))")
    }

    @Test("draws the curve inside its frame, for any course")
    func curve() throws {
        for page in SamplePage.allCases {
            let html = ReceiptPage(try page.report()).html
            let start = try #require(html.range(of: "<svg class=\"curve\""))
            let end = try #require(html.range(of: "</svg>", range: start.lowerBound..<html.endIndex))
            let drawing = String(html[start.lowerBound..<end.lowerBound])
            #expect(drawing.components(separatedBy: "class=\"line").count - 1 >= 4)
            for match in drawing.matches(of: /[ML](-?\d+\.\d) (-?\d+\.\d)/) {
                let (x, y) = (try #require(Double(match.1)), try #require(Double(match.2)))
                #expect((0...640).contains(x) && (0...180).contains(y), "\(page): \(x), \(y)")
            }
        }
        #expect(ReceiptPage(try SamplePage.paused.report()).html.contains("<rect class=\"pause\""))
        #expect(!ReceiptPage(try SamplePage.simple.report()).html.contains("<rect class=\"pause\""))
    }
}

/// A page as an XML parser sees it.
final class XMLText: NSObject, XMLParserDelegate {
    private(set) var text = ""
    private(set) var elements: Set<String> = []
    private(set) var attributes: Set<String> = []

    static let expected: Set<String> = [
        "lang", "charset", "name", "content", "http-equiv", "class", "viewBox", "role", "aria-label", "x", "y", "x1",
        "x2",
        "y1", "y2", "width", "height", "text-anchor", "d", "cx", "cy", "r", "fill", "shape-rendering", "stroke",
        "stroke-width", "stroke-linejoin",
        "stroke-linecap", "stroke-dasharray", "font-size", "font-family",
    ]

    init(_ html: String) throws {
        super.init()
        // The page is well-formed XML but for three elements that HTML never closes.
        var xml = html.replacingOccurrences(of: "<!DOCTYPE html>", with: "").replacingOccurrences(of: "<wbr>", with: "")
        xml = xml.replacing(/<meta [^>]*>/) { "\($0.0.dropLast())/>" }
        let parser = XMLParser(data: Data(xml.utf8))
        parser.delegate = self
        guard parser.parse() else { throw parser.parserError ?? CocoaError(.fileReadCorruptFile) }
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }

    func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
        attributes found: [String: String]
    ) {
        elements.insert(name)
        attributes.formUnion(found.keys)
    }
}
