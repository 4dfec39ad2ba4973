/// The name of a word of an entry: a field, in a structure, perhaps in one of several.
public struct FieldName: Sendable, BitwiseCopyable {
    /// The structure that holds the field; empty for a field that stands by itself.
    public let structure: StaticString
    /// Which of several such structures, from 0; -1 where there is one.
    public let element: Int32
    /// The field.
    public let field: StaticString

    @_noLocks
    init(structure: StaticString, element: Int32, field: StaticString) {
        self.structure = structure
        self.element = element
        self.field = field
    }
}

#if !hasFeature(Embedded)
    extension FieldName: CustomStringConvertible {
        /// `output.pilot.highTime`, `limits[4].current`.
        public var description: String {
            let place = element < 0 ? "" : "[\(element)]"
            let owner = structure.utf8CodeUnitCount == 0 ? "" : "\(structure)\(place)."
            return "\(owner)\(field)"
        }
    }
#endif
