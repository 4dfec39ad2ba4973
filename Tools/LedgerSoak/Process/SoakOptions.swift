internal import SoakArguments

/// What the command line says.
struct SoakOptions {
    var transactions: UInt64 = 20_000
    var steps: UInt64 = 500
    var from: UInt64 = 1
    var jobs = 1
    var trace = false
    var isOne = false

    init(_ words: [String]) throws(ArgumentWords.Mistake) {
        var words = ArgumentWords(words)
        while let word = words.next() {
            switch word {
            case "--transactions": transactions = try words.number(after: word, from: 1)
            case "--seed": from = try words.number(after: word, from: 0)
            case "--steps": steps = try words.number(after: word, from: 1)
            case "--world":
                from = try words.number(after: word, from: 0)
                isOne = true
            case "--jobs": jobs = try words.jobs(after: word)
            case "--trace": trace = true
            default: throw ArgumentWords.unknown(word)
            }
        }
    }

    /// How many worlds that makes.
    var worlds: UInt64 { isOne ? 1 : (transactions + steps - 1) / steps }
}
