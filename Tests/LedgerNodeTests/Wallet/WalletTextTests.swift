import Ledger
import LedgerNode
import RecordSamples
import SignedRecords
import Testing

/// What people write on the wallet's command line, and what it makes of it.
@Suite("Wallet texts")
struct WalletTextTests {
    @Test("hours: days, lists, runs over the weekend, hours past midnight; each window has one text")
    func windows() throws {
        for (text, windows) in [
            ("Mon-Fri 22:00-24:00", [(0b001_1111, 1_320, 1_440)]), ("08:00-17:30", [(127, 480, 1_050)]),
            ("Sat,Sun 00:00-24:00", [(0b110_0000, 0, 1_440)]), ("Sat-Mon 01:00-02:00", [(0b110_0001, 60, 120)]),
            ("wed 00:01-00:02", [(0b000_0100, 1, 2)]),
            ("Mon-Fri 22:00-06:00", [(0b001_1111, 1_320, 1_440), (0b011_1110, 0, 360)]),
            ("Sun 23:00-01:00", [(0b100_0000, 1_380, 1_440), (0b000_0001, 0, 60)]),
            ("Sun 23:00-00:00", [(0b100_0000, 1_380, 1_440)]), ("12:00-11:00", [(127, 720, 1_440), (127, 0, 660)]),
        ] as [(String, [(UInt8, Int64, Int64)])] {
            let expected = try windows.map { try WeeklyWindow(days: $0.0, from: $0.1, to: $0.2) }
            #expect(try WeeklyWindow.windows(text) == expected, "\(text)")
        }
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededRandom(seed: seed)
        for _ in 0..<2_000 {
            let from = Int64(random.next() % 1_440)
            let window = try WeeklyWindow(
                days: UInt8(1 + random.next() % 127), from: from,
                to: from + 1 + Int64(random.next() % UInt64(1_440 - from)))
            #expect(try WeeklyWindow.windows(window.text) == [window], "seed \(seed): \(window.text)")
        }
    }

    @Test(
        "hours that are none are refused",
        arguments: [
            "", "Mon", "Mon-Fri", "22:00", "22:00-22:00", "24:00-01:00", "22:00-25:00", "22:0-23:00", "22:60-23:00",
            "Mon-Fri-Sat 22:00-23:00", "Mon, 22:00-23:00", "Noon 22:00-23:00", "Mon 22:00-23:00 UTC", "+2:00-23:00",
            "22:00–23:00",
        ])
    func noWindow(text: String) {
        #expect(throws: WalletError.self) { try WeeklyWindow.windows(text) }
    }

    @Test("offsets from UTC, both ways")
    func offsets() throws {
        for (text, minutes) in [("+02:00", 120), ("-03:30", -210), ("-00:30", -30), ("Z", 0), ("+14:00", 840)]
            as [(String, Int64)]
        {
            let week = try LocalWeek(text: text)
            #expect(week.offset == minutes, "\(text)")
            #expect(text == "Z" || week.text == text)
        }
        #expect(try LocalWeek(text: "-90").offset == -90)
        for text in ["", "02:00", "+2:00", "+02:60", "+15:00", "-12:01", "+02:00:00", "UTC", "+-2:00", "+0a:00", "841"]
        {
            #expect(throws: WalletError.self, "\(text)") { try LocalWeek(text: text) }
        }
    }

    @Test("places, both ways, and how far apart they are")
    func places() throws {
        for text in ["48.137154,11.575382", "-33.868800,151.209300", "0.000000,-0.000001", "-90.000000,180.000000"] {
            #expect(try Place(text: text).text == text)
        }
        #expect(try Place(text: "48,11.5") == Place(text: "48.000000,11.500000"))
        for text in [
            "", "48", "48,11,5", "90.000001,0", "0,180.1", "4 8,1", "48.1234567,1", "--1,0", "+1,0", ".5,1", "1.,1",
            "1e1,1",
        ] {
            #expect(throws: WalletError.self, "\(text)") { try Place(text: text) }
        }
        // Munich to Berlin, 504.4 km on the sphere; a quarter of the equator; over the date line.
        let munich = try Place(text: "48.137154,11.575382")
        #expect(abs(munich.distance(to: try Place(text: "52.520008,13.404954")) - 504_400) < 1_000)
        #expect(try Place(text: "0,0").distance(to: Place(text: "0,90")) == 10_007_558)
        #expect(try Place(text: "0,179.5").distance(to: Place(text: "0,-179.5")) == 111_195)
        #expect(munich.distance(to: munich) == 0)
    }
}
