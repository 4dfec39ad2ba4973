/// The encodings of the Ed25519 points whose order divides 8, canonical and not, with either sign bit.
///
/// A public key among them makes signatures that verify for every message, so no key of ours may be one.
enum SmallOrderPoints {
    /// The y coordinates, little-endian: 0, 1, the two of order 8, p − 1, and the non-canonical p and p + 1.
    static let encodings: [String] = [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ]

    private static let points: Set<[UInt8]> = Set(encodings.compactMap { Hexadecimal.decode($0) })

    static func contains(_ key: [UInt8]) -> Bool {
        guard var last = key.last else { return false }
        last &= 0x7F
        return points.contains(key.dropLast() + [last])
    }
}
