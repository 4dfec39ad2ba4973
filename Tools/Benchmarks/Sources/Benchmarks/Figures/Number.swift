/// Numbers as the reports write them, without a library for it.
enum Number {
    static func time(_ nanoseconds: Double) -> String {
        switch nanoseconds {
        case ..<1_000: "\(rounded(nanoseconds, digits: 1)) ns"
        case ..<1_000_000: "\(rounded(nanoseconds / 1_000, digits: 1)) us"
        case ..<1_000_000_000: "\(rounded(nanoseconds / 1_000_000, digits: 2)) ms"
        default: "\(rounded(nanoseconds / 1_000_000_000, digits: 2)) s"
        }
    }

    static func bytes(_ count: Double) -> String {
        switch count {
        case ..<10_000: "\(Int64(count)) B"
        case ..<10_000_000: "\(rounded(count / 1_000, digits: 1)) kB"
        default: "\(rounded(count / 1_000_000, digits: 1)) MB"
        }
    }

    /// Whole numbers as they are, others with up to three digits behind the point.
    static func text(_ value: Double) -> String {
        guard value != value.rounded() || value.magnitude >= 1e15 else { return "\(Int64(value))" }
        var digits = rounded(value, digits: 3)
        while digits.last == "0" { digits.removeLast() }
        if digits.last == "." { digits.removeLast() }
        return digits
    }

    /// With so many digits from the first that is not 0; below a thousandth as a power of ten, which JSON knows, too.
    static func significant(_ value: Double, digits: Int) -> String {
        guard value != 0 else { return "0" }
        let isTiny = value.magnitude < 0.001
        // The first digit that is not 0 before the point, or, where it is not tiny, all of them that are asked for.
        let full = isTiny ? 1 : (1..<digits).reduce(1.0) { power, _ in power * 10 }
        var (places, shown) = (0, value)
        while shown.magnitude < full, places < 300 { (places, shown) = (places + 1, shown * 10) }
        return isTiny ? "\(rounded(shown, digits: digits - 1))e-\(places)" : rounded(value, digits: places)
    }

    static func rounded(_ value: Double, digits: Int) -> String {
        guard digits > 0 else { return String(Int64(value.rounded())) }
        let scale = (0..<digits).reduce(1.0) { power, _ in power * 10 }
        let parts = Int64((value.magnitude * scale).rounded())
        let fraction = String(parts % Int64(scale))
        let sign = value < 0 && parts > 0 ? "-" : ""
        return "\(sign)\(parts / Int64(scale))." + String(repeating: "0", count: digits - fraction.count) + fraction
    }
}
