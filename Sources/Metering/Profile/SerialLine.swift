public import Quantities

/// The settings of a serial line, and how long its characters take.
public struct SerialLine: Equatable, Sendable, CustomStringConvertible {
    /// Bits a second.
    public let baud: Int
    /// `N`, `E` or `O`.
    let parity: UInt8
    /// 1 or 2.
    let stopBits: Int
    /// How the driver turns an RS-485 line around; `nil` where hardware does it by itself, or the board's own settings say it.
    public let rs485: RS485?

    /// The rates that libmodbus 3.1.6 can set; it silently takes 9600 for any other.
    public static let rates = [1_200, 2_400, 4_800, 9_600, 19_200, 38_400, 57_600, 115_200]
    /// Eight data bits, as Modbus RTU has them; parity none, even or odd; one or two stop bits.
    public static let formats = ["8N1", "8N2", "8E1", "8E2", "8O1", "8O2"]

    /// The frame as it is written in a profile: `8N1`, `8E1` …
    public var format: String { "8\(Character(Unicode.Scalar(parity)))\(stopBits)" }

    /// Refuses a rate or a format that is not in the lists.
    public init(baud: Int, format: String, rs485: RS485? = nil) throws(MeteringError) {
        let letters = Array(format.utf8)
        guard Self.rates.contains(baud), Self.formats.contains(format), letters.count == 3 else {
            throw .unsupportedLine(baud: baud, format: format)
        }
        self.baud = baud
        self.rs485 = rs485
        parity = letters[1]
        stopBits = Int(letters[2] - UInt8(ascii: "0"))
    }

    public var description: String { "\(baud) 8\(Character(Unicode.Scalar(parity)))\(stopBits)" }

    /// What so many characters take on the wire.
    public func duration(ofCharacters count: Int) -> Nanoseconds {
        let bits = 1 + 8 + (parity == UInt8(ascii: "N") ? 0 : 1) + stopBits
        return Nanoseconds(Int64(count) * Int64(bits) * 1_000_000_000 / Int64(baud))
    }

    /// Request and reply of a read of so many registers: 8 characters, and 5 plus two for each register.
    public func duration(ofReading count: Int) -> Nanoseconds { duration(ofCharacters: 13 + 2 * count) }

    /// By how much later than its characters take a reply may be complete, since the line is turned around for its request.
    var turning: Nanoseconds { rs485?.turning ?? .zero }

    /// The silence between two frames: 3.5 characters, fixed above 19 200 (Modbus over serial line 1.02, section 2.5.1.1).
    public var silence: Nanoseconds {
        baud > 19_200 ? .microseconds(1_750) : Nanoseconds(duration(ofCharacters: 7).rawValue / 2)
    }
}
