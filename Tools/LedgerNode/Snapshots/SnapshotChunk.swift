internal import LightClient

/// A part of a state: leaves in the order of their paths in the tree.
struct SnapshotChunk: ProtobufMessage, Equatable {
    /// A key and its value.
    struct Leaf: ProtobufMessage, Equatable {
        static let protobufName = "SnapshotLeaf"

        var key: [UInt8]
        var value: [UInt8]

        init(key: [UInt8], value: [UInt8]) {
            self.key = key
            self.value = value
        }

        /// Reads fields 1 key, 2 value.
        init(from reader: inout ProtobufReader) throws(LightClientError) {
            self.init(key: [], value: [])
            while let field = try reader.next() {
                switch field.number {
                case 1: key = try field.bytes()
                case 2: value = try field.bytes()
                default: throw reader.unknown(field)
                }
            }
        }

        func write(to writer: inout ProtobufWriter) {
            writer.bytes(1, key)
            writer.bytes(2, value)
        }
    }

    static let protobufName = "SnapshotChunk"
    /// A chunk takes no further leaf at this size. (CometBFT carries at most 16 000 000 bytes.)
    static let fullSize = 8_000_000

    var leaves: [Leaf]

    init(leaves: [Leaf]) { self.leaves = leaves }

    /// Reads field 1 leaf.
    init(from reader: inout ProtobufReader) throws(LightClientError) {
        self.init(leaves: [])
        while let field = try reader.next() {
            guard field.number == 1 else { throw reader.unknown(field) }
            leaves.append(try field.message(Leaf.self))
        }
    }

    func write(to writer: inout ProtobufWriter) {
        for leaf in leaves { writer.message(1, leaf) }
    }
}
