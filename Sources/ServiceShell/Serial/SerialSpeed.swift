import Glibc

/// A baud rate that the serial driver offers.
public struct SerialSpeed: Equatable, Sendable {
    /// Bits a second.
    public let baud: Int
    let code: speed_t

    private static let offered: [(Int, Int32)] = [
        (9_600, B9600), (19_200, B19200), (38_400, B38400), (57_600, B57600), (115_200, B115200), (230_400, B230400),
        (460_800, B460800), (921_600, B921600),
    ]

    /// All of them, those that technicians use most first.
    static let tried = [115_200, 9_600, 57_600, 38_400, 19_200, 230_400, 460_800, 921_600].compactMap {
        try? SerialSpeed(baud: $0)
    }

    /// The usual one.
    public static let usual = SerialSpeed(baud: 115_200, code: speed_t(B115200))

    private init(baud: Int, code: speed_t) {
        self.baud = baud
        self.code = code
    }

    /// A rate out of those offered.
    public init(baud: Int) throws(ServiceShellError) {
        guard let (_, code) = Self.offered.first(where: { $0.0 == baud }) else { throw .unsupportedSpeed(baud) }
        self.init(baud: baud, code: speed_t(code))
    }
}
