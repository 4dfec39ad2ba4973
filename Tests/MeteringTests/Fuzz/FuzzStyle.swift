/// How much of one history is mutated, and what.
struct FuzzStyle {
    /// One reply in so many; none where it is zero.
    let rate: Int
    let kinds: [ReplyMutation]
    /// Whether the two reads of the energy are mutated.
    let ofEnergy: Bool
    /// Whether any other reply is.
    let ofRest: Bool
    /// One reading in so many begins a consistent lie; none where it is zero.
    let lies: Int
    /// Whether the bus is told of the contactor.
    let tellsCondition: Bool
    let hasSteadyPower: Bool

    init(using generator: inout SeededGenerator) {
        let scope = Int.random(in: 0..<4, using: &generator)
        ofEnergy = scope != 0
        ofRest = scope != 1
        rate = [0, 2, 3, 4, 6, 10, 30, 60].randomElement(using: &generator) ?? 0
        kinds =
            [
                ReplyMutation.ofWords, ReplyMutation.ofWords + ReplyMutation.ofLine + ReplyMutation.ofTime,
                ReplyMutation.ofLine + ReplyMutation.ofTime,
            ].randomElement(using: &generator) ?? []
        lies = [0, 0, 4, 15, 40].randomElement(using: &generator) ?? 0
        tellsCondition = Bool.random(using: &generator)
        hasSteadyPower = Bool.random(using: &generator)
    }

    /// Nothing is wrong in the whole history.
    var isHonest: Bool { rate == 0 && lies == 0 }
}
