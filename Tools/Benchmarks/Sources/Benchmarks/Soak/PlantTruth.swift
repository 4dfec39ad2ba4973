import Quantities

/// What is true of a plant at one moment, for those who judge a charger by it.
struct PlantTruth: BitwiseCopyable {
    /// A pole that leads a phase to the car conducts.
    let isClosed: Bool
    /// The charger's program wants the contactor closed.
    let isWanted: Bool
    let hasCar: Bool
    /// What the meter would show were it asked at this very moment.
    let register: MilliwattHours
}
