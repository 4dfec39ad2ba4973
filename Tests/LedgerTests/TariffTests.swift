import Ledger
import Quantities
import RecordSamples
import SignedRecords
import Testing

@Suite("Tariffs")
struct TariffTests {
    /// Monday, 1 June 2026, 00:00 UTC.
    static let monday: Int64 = 1_780_272_000_000
    static let minute: Int64 = 60_000

    private func at(_ day: Int64, _ minutes: Int64) -> UTCMilliseconds {
        UTCMilliseconds(Self.monday + (day * 1_440 + minutes) * Self.minute)
    }

    @Test("a window holds from its first minute up to its last, on its days alone")
    func edges() throws {
        let window = try WeeklyWindow(days: 0b10_0001, from: 360, to: 420)
        #expect(!window.contains(at(0, 359), in: .utc) && window.contains(at(0, 360), in: .utc))
        #expect(window.contains(UTCMilliseconds(at(0, 420).rawValue - 1), in: .utc))
        #expect(!window.contains(at(0, 420), in: .utc))
        for day in 0..<14 { #expect(window.contains(at(Int64(day), 400), in: .utc) == [0, 5].contains(day % 7)) }
    }

    @Test("hours are those of the place: the offset moves the day, too, also before the first day of 1970")
    func offsets() throws {
        let monday = try WeeklyWindow(days: 1, from: 0, to: 60)
        let east = try LocalWeek(offset: 480)
        #expect(monday.contains(at(-1, 16 * 60), in: east) && !monday.contains(at(0, 0), in: east))
        let west = try LocalWeek(offset: -720)
        #expect(monday.contains(at(0, 12 * 60), in: west) && !monday.contains(at(0, 11 * 60 + 59), in: west))
        // 1 January 1970 was a Thursday; twelve hours to the west it was still Wednesday.
        #expect(try WeeklyWindow(days: 0b100, from: 720, to: 721).contains(UTCMilliseconds(0), in: west))
        for offset in [-721, 841, Int64.min] { #expect(throws: LedgerError.self) { try LocalWeek(offset: offset) } }
    }

    @Test("agrees with counting the minutes of a week one by one")
    func everyMinute() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed: seed)
        print("weekly windows seed \(seed)")
        for _ in 0..<20 {
            let from = Int64(random.next() % 1_440)
            let window = try WeeklyWindow(
                days: UInt8(1 + random.next() % 127), from: from,
                to: from + 1 + Int64(random.next() % UInt64(1_440 - from)))
            let offset = Int64(random.next() % 1_561) - 720
            let week = try LocalWeek(offset: offset)
            for minute in Int64(0)..<10_080 {
                let local = (minute + offset + 10_080) % 10_080
                let expected =
                    window.days & (1 << (local / 1_440)) != 0 && (window.from..<window.to).contains(local % 1_440)
                let moment = UTCMilliseconds(Self.monday + minute * Self.minute + Int64(random.next() % 60_000))
                guard window.contains(moment, in: week) != expected else { continue }
                Issue.record("seed \(seed): \(window), offset \(offset), minute \(minute)")
                return
            }
        }
    }

    @Test("windows that follow one another are one time; windows without a gap never end")
    func ends() throws {
        let night = [try WeeklyWindow(from: 1_320, to: 1_440), try WeeklyWindow(from: 0, to: 360)]
        #expect(night.end(after: at(2, 1_350), in: .utc) == at(3, 360))
        #expect(night.end(after: at(2, 400), in: .utc) == at(2, 400))
        #expect([try WeeklyWindow(from: 0, to: 1_440)].end(after: at(0, 5), in: .utc) == nil)
        #expect([WeeklyWindow]().end(after: at(0, 5), in: .utc) == at(0, 5))
        let workdays = [try WeeklyWindow(days: 31, from: 0, to: 1_440)]
        #expect(workdays.end(after: at(1, 7), in: .utc) == at(5, 0))
    }

    @Test("the first window that holds sets the price; without a clock the cheapest price, or the one that is stated")
    func places() throws {
        let day = try WeeklyWindow(from: 360, to: 1_320)
        let noon = try WeeklyWindow(from: 660, to: 780)
        let tariff = try Tariff(
            name: "T", price: .init(100), windows: [.init(noon, price: .init(700)), .init(day, price: .init(300))])
        #expect(tariff.prices.map(\.rawValue) == [100, 700, 300, 100])
        #expect([at(0, 700), at(0, 800), at(0, 10)].map { tariff.place(at: $0) } == [1, 2, 0])
        #expect(tariff.place(at: nil) == 3)
        #expect(tariff.highestPrice == .init(700) && tariff.lowestPrice == .init(100))
        let stated = try Tariff(
            name: "T", price: .init(100), windows: [.init(noon, price: .init(700))], priceWithoutClock: .init(900))
        #expect(stated.prices.last == .init(900) && stated.highestPrice == .init(900))
    }

    @Test("what version 1 can say is written as version 1, and version 2 refuses to say it")
    func versions() throws {
        let plain = try Tariff(name: "Day", price: .init(300_000), week: try LocalWeek(offset: 60))
        #expect(plain.isPlain && plain.prices.count == 1)
        #expect(plain.encoded() == CBOR.array([.unsigned(1), .text("Day"), .unsigned(300_000), .array([])]).encode())
        let same = CBOR.array([
            .unsigned(2), .text("Day"), .unsigned(300_000), .array([]), .unsigned(0), .unsigned(0), .unsigned(0),
            .unsigned(300_000),
        ])
        #expect(throws: LedgerError.malformed(what: "tariff", reason: "not the one encoding of what it says")) {
            try Tariff(decoding: same.encode())
        }
        // An offset without windows means nothing, so it is not said.
        let odd = CBOR.array([
            .unsigned(2), .text("Day"), .unsigned(300_000), .array([]), .unsigned(60), .unsigned(5), .unsigned(0),
            .unsigned(300_000),
        ])
        #expect(throws: LedgerError.self) { try Tariff(decoding: odd.encode()) }
        #expect(throws: LedgerError.self) {
            try Tariff(decoding: CBOR.array([.unsigned(3), .text("D"), .unsigned(1), .array([])]).encode())
        }
    }

    @Test("numbers outside their ranges are refused with what was expected")
    func ranges() throws {
        let window = try WeeklyWindow(from: 0, to: 1)
        func make(
            name: String = "T", price: Int64 = 1, count: Int = 0, other: Int64 = 1, hourly: Int64 = 0,
            session: Int64 = 0
        ) throws -> Tariff {
            try Tariff(
                name: name, price: .init(price),
                windows: [Tariff.Window](repeating: .init(window, price: .init(other)), count: count),
                hourlyFee: Microunits(hourly), sessionFee: Microunits(session))
        }
        #expect(throws: Never.self) { try make(count: 32, other: 1_000_000_000_000, hourly: 1_000_000_000_000) }
        for wrong in [
            { try make(name: "") }, { try make(name: String(repeating: "n", count: 65)) }, { try make(name: "a\u{7}") },
            { try make(price: -1) }, { try make(price: 1_000_000_000_001) }, { try make(count: 33) },
            { try make(count: 1, other: -1) }, { try make(hourly: -1) }, { try make(session: 1_000_000_000_001) },
        ] { #expect(throws: LedgerError.self) { try wrong() } }
        for (days, from, to) in [(0, 0, 1), (128, 0, 1), (1, -1, 1), (1, 5, 5), (1, 0, 1_441)] {
            #expect(throws: LedgerError.self) { try WeeklyWindow(days: UInt8(days), from: Int64(from), to: Int64(to)) }
        }
    }

    @Test("energy is priced where its record stands; time counts between records whose times are known")
    func consumption() throws {
        let night = try WeeklyWindow(from: 0, to: 360)
        let tariff = try Tariff(
            name: "T", price: .init(300_000), windows: [.init(night, price: .init(100_000))],
            hourlyFee: Microunits(60_000), sessionFee: Microunits(500), priceWithoutClock: .init(200_000))
        var used = Consumption(under: tariff, from: at(0, 300))
        #expect(used.cost(under: tariff) == .zero)
        used.advance(to: MilliwattHours(1_000_000), at: at(0, 330), under: tariff)
        used.advance(to: MilliwattHours(2_000_000), at: at(0, 390), under: tariff)
        #expect(used.energies.map(\.rawValue) == [1_000_000, 1_000_000, 0] && used.milliseconds == 90 * Self.minute)
        #expect(used.cost(under: tariff) == Microunits(400_000 + 90_000 + 500))
        used.advance(to: MilliwattHours(2_500_000), at: nil, under: tariff)
        used.advance(to: MilliwattHours(2_500_000), at: at(0, 500), under: tariff)
        #expect(used.energies.map(\.rawValue) == [1_000_000, 1_000_000, 500_000])
        #expect(used.milliseconds == 90 * Self.minute)
        // A clock that went back takes nothing away and gives nothing.
        used.advance(to: MilliwattHours(2_500_000), at: at(0, 490), under: tariff)
        used.advance(to: MilliwattHours(2_500_000), at: at(0, 500), under: tariff)
        #expect(used.milliseconds == 90 * Self.minute)
        used.advance(to: MilliwattHours(2_500_000), at: at(0, 501), under: tariff)
        #expect(used.milliseconds == 91 * Self.minute)
    }

    @Test("both divisions round down, once over all prices; a cost that does not fit is none")
    func cost() throws {
        let tariff = try Tariff(
            name: "T", price: .init(333_333), windows: [.init(try WeeklyWindow(from: 0, to: 1), price: .init(666_667))],
            hourlyFee: Microunits(1))
        func cost(_ energies: [Int64], _ milliseconds: Int64) -> Int64? {
            Consumption(energies: energies.map(MilliwattHours.init), milliseconds: milliseconds).cost(under: tariff)?
                .rawValue
        }
        #expect(cost([1, 1, 0], 0) == 1 && cost([1, 0, 0], 0) == 0)
        #expect(cost([1, 0, 0], 3_599_999) == 0 && cost([1, 0, 0], 3_600_000) == 1)
        #expect(cost([.max, 0, 0], 0) == 3_074_454_271_160_912_984)
        #expect(cost([.max, 1, 0], 0) == nil)
        let dear = try Tariff(name: "T", price: Tariff.maximumPrice)
        let much = Consumption(energies: [MilliwattHours(.max)], milliseconds: 0)
        #expect(much.cost(under: dear) == nil)
        #expect(
            try Settlement(much, under: dear, available: Microunits(77), commission: BasisPoints(0)).paid
                == Microunits(77))
    }
}
