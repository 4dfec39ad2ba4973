/// What the command line says.
struct SoakArguments {
    /// Something that is no argument.
    struct Mistake: Error {
        let words: String
    }

    var transactions: UInt64 = 20_000
    var steps: UInt64 = 500
    var from: UInt64 = 1
    var jobs = 1
    var trace = false
    var isOne = false

    init(_ words: [String]) throws(Mistake) {
        var left = words[...]
        func number(_ name: String, _ least: UInt64) throws(Mistake) -> UInt64 {
            guard let word = left.popFirst(), let number = UInt64(word), number >= least, number < 1 << 62 else {
                throw Mistake(words: "\(name) needs a number from \(least)")
            }
            return number
        }
        while let word = left.popFirst() {
            switch word {
            case "--transactions": transactions = try number(word, 1)
            case "--seed": from = try number(word, 0)
            case "--steps": steps = try number(word, 1)
            case "--world":
                from = try number(word, 0)
                isOne = true
            case "--jobs": jobs = Int(min(try number(word, 1), 256))
            case "--trace": trace = true
            default: throw Mistake(words: "unknown argument \(word)")
            }
        }
    }

    /// How many worlds that makes.
    var worlds: UInt64 { isOne ? 1 : (transactions + steps - 1) / steps }
}
