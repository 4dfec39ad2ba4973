import SignedRecords

/// A refusal as it travels: a code with numbers where the client's error has a case for it, and words for the rest.
struct SignerRefusal: Hashable, Sendable {
    static let maximumWords = 512

    let code: UInt64
    let numbers: [UInt64]
    let words: String

    init(code: UInt64, numbers: [UInt64], words: String) {
        self.code = code
        self.numbers = numbers
        self.words = words
    }

    init(_ error: KeyStoreError) {
        let (code, numbers): (UInt64, [UInt64])
        switch error {
        case .tooManyPending(let chain, let limit): (code, numbers) = (1, [UInt64(chain.rawValue), UInt64(limit)])
        case .alreadyDurable(let chain, let sequence, let head):
            (code, numbers) = (2, [UInt64(chain.rawValue), sequence, head])
        case .skipped(let chain, let expected, let found):
            (code, numbers) = (3, [UInt64(chain.rawValue), expected, found])
        case .conflicting(let chain, let sequence): (code, numbers) = (4, [UInt64(chain.rawValue), sequence])
        case .durableHead(let chain, let known, let told):
            (code, numbers) = (5, [UInt64(chain.rawValue), known, told])
        case .wrongEpoch(let expected, let found): (code, numbers) = (6, [UInt64(expected), UInt64(found)])
        case .wrongPrevious(let chain, let sequence): (code, numbers) = (7, [UInt64(chain.rawValue), sequence])
        case .foreignKeys(let chain, let sequence): (code, numbers) = (8, [UInt64(chain.rawValue), sequence])
        case .noSuchEpoch(let epoch): (code, numbers) = (9, [UInt64(epoch)])
        case .keysDestroyed: (code, numbers) = (10, [])
        case .notOCMF: (code, numbers) = (11, [])
        case .signingFailed: (code, numbers) = (12, [])
        case .signerBusy: (code, numbers) = (13, [])
        case .signerTaken: (code, numbers) = (14, [])
        default: (code, numbers) = (0, [])
        }
        self.code = code
        self.numbers = numbers
        words = code == 0 ? SignerRefusal.printable("\(error)") : ""
    }

    /// The client's error; a code that this version does not know is a refusal all the same.
    var error: KeyStoreError {
        func chain() -> ChainNumber { ChainNumber(rawValue: UInt32(truncatingIfNeeded: numbers[0])) }
        func epoch(_ index: Int) -> UInt32 { UInt32(truncatingIfNeeded: numbers[index]) }
        switch (code, numbers.count) {
        case (1, 2): return .tooManyPending(chain: chain(), limit: Int(truncatingIfNeeded: numbers[1]))
        case (2, 3): return .alreadyDurable(chain: chain(), sequence: numbers[1], durableHead: numbers[2])
        case (3, 3): return .skipped(chain: chain(), expected: numbers[1], found: numbers[2])
        case (4, 2): return .conflicting(chain: chain(), sequence: numbers[1])
        case (5, 3): return .durableHead(chain: chain(), known: numbers[1], told: numbers[2])
        case (6, 2): return .wrongEpoch(expected: epoch(0), found: epoch(1))
        case (7, 2): return .wrongPrevious(chain: chain(), sequence: numbers[1])
        case (8, 2): return .foreignKeys(chain: chain(), sequence: numbers[1])
        case (9, 1): return .noSuchEpoch(epoch(0))
        case (10, 0): return .keysDestroyed
        case (11, 0): return .notOCMF
        case (12, 0): return .signingFailed
        case (13, 0): return .signerBusy
        case (14, 0): return .signerTaken
        default: return .refused(words.isEmpty ? "code \(code)" : words)
        }
    }

    private static func printable(_ words: String) -> String {
        var text = ""
        var length = 0
        for scalar in words.unicodeScalars {
            let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
            length += isControl ? 1 : UTF8.width(scalar)
            guard length <= maximumWords else { break }
            text.unicodeScalars.append(isControl ? " " : scalar)
        }
        return text
    }
}
