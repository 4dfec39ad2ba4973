/// A value for each of L1, L2 and L3, held in place: a step of the plant allocates nothing.
public struct ThreePhases<Value: Sendable>: Sendable {
    /// L1.
    public var first: Value
    /// L2.
    public var second: Value
    /// L3.
    public var third: Value

    /// Three values.
    public init(_ first: Value, _ second: Value, _ third: Value) {
        self.first = first
        self.second = second
        self.third = third
    }

    /// The same value three times.
    public init(all value: Value) { self.init(value, value, value) }

    /// By the place of the phase: 0 for L1 to 2 for L3.
    public subscript(_ place: Int) -> Value {
        get { place == 0 ? first : place == 1 ? second : third }
        set {
            switch place {
            case 0: first = newValue
            case 1: second = newValue
            default: third = newValue
            }
        }
    }

    /// As a list, for those who print.
    public var list: [Value] { [first, second, third] }
}

extension ThreePhases: Equatable where Value: Equatable {}

extension ThreePhases where Value: Comparable {
    /// The greatest.
    public var greatest: Value { max(first, max(second, third)) }
}
