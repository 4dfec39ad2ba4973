import Quantities
import Simulator

extension Plant {
    /// What is true of it, whatever a board senses. It mutates, and changes nothing: see `boardSample`.
    mutating func truth() -> PlantTruth {
        PlantTruth(
            isClosed: isAnyPhaseClosed, isWanted: drive.enable, hasCar: car.isPlugged, register: trueImport.total)
    }
}
