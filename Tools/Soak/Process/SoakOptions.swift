internal import SoakArguments

/// What the command line says.
struct SoakOptions {
    var sequences: UInt64 = 1_000
    var from: UInt64 = 1
    var jobs = 1
    var trace = false
    var requiresCoverage = false

    init(_ words: [String]) throws(ArgumentWords.Mistake) {
        var words = ArgumentWords(words)
        while let word = words.next() {
            switch word {
            case "--sequences": sequences = try words.number(after: word, from: 1)
            case "--from": from = try words.number(after: word, from: 0)
            case "--jobs": jobs = try words.jobs(after: word)
            case "--seed":
                from = try words.number(after: word, from: 0)
                sequences = 1
            case "--trace": trace = true
            case "--require-coverage": requiresCoverage = true
            default: throw ArgumentWords.unknown(word)
            }
        }
    }
}
