internal import SoakArguments

/// What the command line says.
struct SoakOptions {
    var histories: UInt64 = 1_000
    var from: UInt64 = 1
    var jobs = 1
    var trace = false
    var isExhaustive = false

    init(_ words: [String]) throws(ArgumentWords.Mistake) {
        var words = ArgumentWords(words)
        while let word = words.next() {
            switch word {
            case "--histories": histories = try words.number(after: word, from: 1)
            case "--from": from = try words.number(after: word, from: 0)
            case "--jobs": jobs = try words.jobs(after: word)
            case "--seed":
                from = try words.number(after: word, from: 0)
                histories = 1
            case "--trace": trace = true
            case "--exhaustive": isExhaustive = true
            default: throw ArgumentWords.unknown(word)
            }
        }
    }
}
