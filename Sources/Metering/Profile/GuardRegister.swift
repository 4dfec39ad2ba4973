/// A register that must hold for the energy register to mean what the profile says.
struct GuardRegister: Equatable, Sendable {
    let name: String
    let span: RegisterSpan
    let type: RegisterType
    let order: WordOrder
    let scale: DecimalScale
    let expectation: Expectation

    enum Expectation: Equatable, Sendable {
        /// In thousandths, so that no float is compared.
        case range(ClosedRange<Int64>)
        /// The bare number, before any scale.
        case oneOf([Int64])
    }

    /// Throws where the words do not decode or do not hold.
    func check(_ words: [UInt16]) throws(MeteringError) {
        do throws(DecodingFault) {
            guard words.count == span.count else {
                throw .truncated(expected: span.count, found: words.count)
            }
            let number = try RawNumber(words: words[...], type: type, order: order)
            switch expectation {
            case .range(let range):
                guard let value = scale.shifted(by: 3).applied(to: number) else { throw .tooLarge }
                guard range.contains(value) else { throw .outOfRange(value, range) }
            case .oneOf(let values):
                guard let value = DecimalScale().applied(to: number) else { throw .tooLarge }
                guard values.contains(value) else {
                    throw .outOfRange(value, (values.min() ?? 0)...(values.max() ?? 0))
                }
            }
        } catch {
            throw .guardFailed(name: name, expected: expectation.words, found: error.foundWords)
        }
    }
}

extension GuardRegister.Expectation {
    var words: String {
        switch self {
        case .range(let range): "\(range.lowerBound) to \(range.upperBound) thousandths"
        case .oneOf(let values): values.map(String.init).joined(separator: " or ")
        }
    }
}

extension DecodingFault {
    /// What came, without what was expected.
    var foundWords: String {
        switch self {
        case .outOfRange(let value, _): String(value)
        case .notANumber: "NaN"
        case .infinite: "an infinity"
        case .negativeZero: "minus zero"
        case .denormal: "a denormal number"
        case .tooLarge: "a number beyond 64 bits"
        case .notAvailable, .notImplemented, .notText, .truncated, .scaleFactor: description
        }
    }
}
