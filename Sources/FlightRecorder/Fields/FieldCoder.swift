import ChargeControl

// The fields of inputs, outputs and configurations as rows of 64-bit words, each field at a place of its own that does not
// depend on any value (docs/flight-recording.md, "Words"). One function a type names its fields, once, in order; the same
// function collects the words from a value, restores a value from words, and tells a word's name. So a field is added in
// one place, and what is recorded, compared and named cannot fall apart.

/// Room for the words of an entry, and behind them those of one record intent.
typealias FieldWords = InlineArray<256, Int64>

/// Walks the fields of a value: collects them as words, restores them from words, or finds the name of one.
struct FieldCoder: Sendable, BitwiseCopyable {
    private enum Mode: UInt8, Sendable, BitwiseCopyable {
        case collecting, restoring, naming
    }

    /// The words.
    var words: FieldWords
    /// The place of the next field.
    var position = 0
    private var mode: Mode
    /// A word was met that no value of its field has; what was restored is not to be used.
    private(set) var isInvalid = false

    /// Numbers below these are rows of the fault table and reasons of a limit; zero while collecting.
    private var faultRows: Int64 = 0
    private var limitReasons: Int64 = 0

    /// The structure that holds the fields that are being walked, and which element of a row of them.
    private var structure: StaticString = ""
    private var element: Int32 = -1
    private var sought = -1
    /// What `naming` found.
    private(set) var found: FieldName?

    @_noLocks
    private init(_ mode: Mode) {
        words = InlineArray(repeating: 0)
        self.mode = mode
        found = nil
    }

    /// Fills `words` from values.
    static var collecting: Self { @_noLocks get { Self(.collecting) } }

    /// Fills values from these words.
    static func restoring(_ words: FieldWords) -> Self {
        var coder = Self(.restoring)
        coder.words = words
        coder.faultRows = Int64(FaultCode.allCases.count)
        coder.limitReasons = Int64(LimitReason.allCases.count)
        return coder
    }

    /// Finds the name of the word at a place.
    static func naming(_ sought: Int) -> Self {
        var coder = Self(.naming)
        coder.sought = sought
        return coder
    }

    /// The fields that follow belong to this structure.
    @_noLocks
    mutating func enter(_ name: StaticString, element: Int32 = -1) {
        structure = name
        self.element = element
    }

    /// One field. Answers its word: the one given while collecting, the recorded one while restoring.
    @_noLocks @discardableResult
    mutating func word(_ value: Int64, _ name: StaticString) -> Int64 {
        var answer = value
        switch mode {
        case .collecting: words[position] = value
        case .restoring: answer = words[position]
        case .naming:
            if position == sought { found = FieldName(structure: structure, element: element, field: name) }
        }
        position += 1
        return answer
    }

    /// Notes that a word is of no value.
    @_noLocks
    mutating func refuse() { isInvalid = true }

    /// A number that numbers a row of the fault table, as a code.
    @_noLocks
    mutating func fault(_ row: Int64) -> FaultCode? {
        guard row >= 0, row < faultRows else {
            refuse()
            return nil
        }
        return unsafeBitCast(UInt8(truncatingIfNeeded: row), to: FaultCode.self)
    }

    /// A number that numbers a reason, as a reason.
    @_noLocks
    mutating func limitReason(_ number: Int64) -> LimitReason {
        guard number >= 0, number < limitReasons else {
            refuse()
            return .missing
        }
        return unsafeBitCast(UInt8(truncatingIfNeeded: number), to: LimitReason.self)
    }

    /// Whether values are being filled from words.
    @_noLocks
    func isRestoring() -> Bool {
        switch mode {
        case .restoring: true
        case .collecting, .naming: false
        }
    }
}
