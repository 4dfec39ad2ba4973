/// A converter channel of a board by what it measures; the word is what technicians and files call it.
public enum ConverterRole: String, CaseIterable, Hashable, Sendable {
    /// The peak of the pilot's positive half wave.
    case pilotHigh = "pilot-high"
    /// That of its negative half wave; on a steady level the same as the other.
    case pilotLow = "pilot-low"
    /// The plug's proximity contact.
    case proximity
}
