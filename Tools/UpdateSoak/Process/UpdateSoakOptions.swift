internal import SoakArguments

/// What the command line says.
struct UpdateSoakOptions {
    var histories: UInt64 = 0
    var inputs: UInt64 = 0
    var from: UInt64 = 1
    var jobs = 1
    var trace = false
    var stops = false
    var twice = false

    init(_ words: [String]) throws(ArgumentWords.Mistake) {
        var words = ArgumentWords(words)
        while let word = words.next() {
            switch word {
            case "--histories": histories = try words.number(after: word, from: 0)
            case "--inputs": inputs = try words.number(after: word, from: 0)
            case "--from": from = try words.number(after: word, from: 0)
            case "--jobs": jobs = try words.jobs(after: word)
            case "--seed":
                from = try words.number(after: word, from: 0)
                histories = 1
            case "--trace": trace = true
            case "--stops": stops = true
            case "--twice": (stops, twice) = (true, true)
            default: throw ArgumentWords.unknown(word)
            }
        }
        if histories == 0, inputs == 0, !stops { histories = 1_000 }
    }
}
