/// The models of a SunSpec device, in the order of its registers (SunSpec Information Model Specification, section 6.2).
struct SunSpecChain: Equatable, Sendable {
    private(set) var models: [Model] = []

    struct Model: Equatable, Sendable {
        let id: UInt16
        /// The register that holds the id; the length stands in the next one.
        let address: UInt16
        /// Registers behind the length.
        let length: Int
    }

    mutating func append(_ model: Model) { models.append(model) }

    /// The chain's first model that is one of these.
    func first(of ids: [UInt16]) -> Model? { models.first { ids.contains($0.id) } }

    /// The address of registers within the first of these models; `nil` where there is none, or it is too short.
    func address(of ids: [UInt16], offset: Int, count: Int) -> UInt16? {
        guard let model = first(of: ids), offset >= 0, offset + count <= model.length + 2 else { return nil }
        return UInt16(exactly: Int(model.address) + offset)
    }
}
