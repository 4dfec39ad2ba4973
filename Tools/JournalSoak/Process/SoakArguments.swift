/// What the command line says.
struct SoakArguments {
    /// Something that is no argument.
    struct Mistake: Error {
        let words: String
    }

    var histories: UInt64 = 1_000
    var from: UInt64 = 1
    var jobs = 1
    var trace = false
    var isExhaustive = false

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
            case "--histories": histories = try number(word, 1)
            case "--from": from = try number(word, 0)
            case "--jobs": jobs = Int(min(try number(word, 1), 256))
            case "--seed":
                from = try number(word, 0)
                histories = 1
            case "--trace": trace = true
            case "--exhaustive": isExhaustive = true
            default: throw Mistake(words: "unknown argument \(word)")
            }
        }
    }
}
