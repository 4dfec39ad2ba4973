public import Ledger

// This file owns how hours are written for people: `Mon-Fri 22:00-24:00`, `Sat,Sun 08:00-20:00`, or without days for every day.
// Hours that pass midnight, `Mon-Fri 22:00-06:00`, are the two windows that the ledger counts them as: the second one on the
// days behind.

extension WeeklyWindow {
    private static let names = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]

    /// The windows that a text names: one, or two where the hours pass midnight. Throws `WalletError.argument`.
    public static func windows(_ text: String) throws(WalletError) -> [WeeklyWindow] {
        func refusal(_ reason: String) -> WalletError {
            .argument(name: "window \"\(text)\"", reason: "\(reason); expected a text like Mon-Fri 22:00-24:00")
        }
        let words = text.split(separator: " ")
        guard (1...2).contains(words.count), let hours = words.last else { throw refusal("is not DAYS HOURS") }
        var days = everyDay
        if words.count == 2 {
            guard let named = Self.days(words[0]) else { throw refusal("days \(words[0])") }
            days = named
        }
        let ends = hours.split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, let from = minutes(ends[0]), let to = minutes(ends[1]), from < 1_440, from != to else {
            throw refusal("hours \(hours)")
        }
        do {
            if from < to { return [try WeeklyWindow(days: days, from: from, to: to)] }
            // The day behind each of them.
            let behind = (days << 1 | days >> 6) & everyDay
            let first = try WeeklyWindow(days: days, from: from, to: 1_440)
            return to == 0 ? [first] : [first, try WeeklyWindow(days: behind, from: 0, to: to)]
        } catch {
            throw refusal(error.description)
        }
    }

    /// `Mon,Wed`, `Fri-Mon`; nil for anything else.
    private static func days(_ text: Substring) -> UInt8? {
        var days: UInt8 = 0
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false).map(day)
            guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1] else { return nil }
            var day = first
            days |= 1 << day
            while day != last {
                day = (day + 1) % 7
                days |= 1 << day
            }
        }
        return days
    }

    private static func day(_ text: Substring) -> Int? { names.firstIndex { $0.lowercased() == text.lowercased() } }

    /// `HH:MM`, up to 24:00.
    private static func minutes(_ text: Substring) -> Int64? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2,
            parts.allSatisfy({ $0.utf8.count == 2 && $0.utf8.allSatisfy { (48...57).contains($0) } }),
            let hour = Int64(parts[0]), let minute = Int64(parts[1]), minute < 60, hour * 60 + minute <= 1_440
        else { return nil }
        return hour * 60 + minute
    }

    /// The window as this file writes it.
    public var text: String {
        func time(_ minutes: Int64) -> String {
            func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
            return two(minutes / 60) + ":" + two(minutes % 60)
        }
        let hours = "\(time(from))-\(time(to))"
        if days == Self.everyDay { return hours }
        // Runs of neighbouring days; Sunday's neighbour on the other side is left out, each list has one text.
        var runs: [String] = []
        var day = 0
        while day < 7 {
            let first = day
            while day < 7, days & (1 << UInt8(day)) != 0 { day += 1 }
            if day > first {
                runs.append(day - first > 1 ? "\(Self.names[first])-\(Self.names[day - 1])" : Self.names[first])
            }
            day += 1
        }
        return "\(runs.joined(separator: ",")) \(hours)"
    }
}

extension LocalWeek {
    /// Reads `+02:00`, `-03:30`, `Z`, or minutes. Throws `WalletError.argument`.
    public init(text: String) throws(WalletError) {
        guard let minutes = Self.minutes(text) else {
            throw .argument(name: "offset from UTC \"\(text)\"", reason: "expected one like +02:00 or -03:30")
        }
        do { try self.init(offset: minutes) } catch {
            throw .argument(name: "offset from UTC \"\(text)\"", reason: error.description)
        }
    }

    private static func minutes(_ text: String) -> Int64? {
        if text == "Z" { return 0 }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        if parts.count == 1 { return Int64(text) }
        guard parts.count == 2, text.hasPrefix("+") || text.hasPrefix("-"), let hours = Int64(parts[0].dropFirst()),
            parts[0].count == 3, parts[1].count == 2, let minutes = Int64(parts[1]), hours >= 0,
            (0..<60).contains(minutes)
        else { return nil }
        return (text.hasPrefix("-") ? -1 : 1) * (hours * 60 + minutes)
    }

    /// The offset as `+02:00`.
    public var text: String {
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return (offset < 0 ? "-" : "+") + two(abs(offset) / 60) + ":" + two(abs(offset) % 60)
    }
}
