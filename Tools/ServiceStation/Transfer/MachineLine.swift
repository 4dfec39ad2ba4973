import FoundationEssentials
import Glibc
import SignedRecords

/// A charger's shell as a program speaks to it: requests out, replies in, over an open line (docs/service-shell.md, "Programs").
struct MachineLine {
    /// A reply, as far as a transfer needs it.
    struct Reply: Decodable, Equatable {
        struct Values: Decodable, Equatable {
            var nextByte: UInt64?
            var whole: Bool?

            enum CodingKeys: String, CodingKey {
                case whole
                case nextByte = "next_byte"
            }
        }
        var id: Int64?
        var ok: Bool
        var err: String?
        var msg: String?
        var data: Values?
    }

    let descriptor: Int32
    /// For errors.
    let device: String
    private var received: [UInt8] = []
    private var lastID = Int64.random(in: 1..<(1 << 52))

    init(descriptor: Int32, device: String) {
        self.descriptor = descriptor
        self.device = device
    }

    /// Sends a request with its checksum.
    ///
    /// - Parameter arguments: the members of `args`, as JSON.
    /// - Returns: the number that its reply has.
    mutating func send(_ command: String, _ arguments: String = "") throws -> Int64 {
        lastID += 1
        let covered = "{\"id\":\(lastID),\"cmd\":\"\(command)\",\"args\":{\(arguments)}"
        let digits = String(CRC32C.checksum(Array(covered.utf8)[...]), radix: 16)
        let sum = String(repeating: "0", count: 8 - digits.count) + digits
        try write(Array("\(covered),\"sum\":\"\(sum)\"}\n".utf8))
        return lastID
    }

    /// Gives up whatever stands on the line half typed.
    func interrupt() throws { try write([0x03]) }

    /// The next reply; nil where none has come in this time. Events and what people were shown are passed over.
    mutating func reply(within milliseconds: Int32) throws -> Reply? {
        while let text = try text(within: milliseconds) {
            if let reply = try? JSONDecoder().decode(Reply.self, from: Data(text)) { return reply }
        }
        return nil
    }

    /// The next line from its first brace on; nil where none has come in this time.
    mutating func text(within milliseconds: Int32) throws -> [UInt8]? {
        while true {
            while let end = received.firstIndex(of: UInt8(ascii: "\n")) {
                // A prompt may stand before it, where a person used the line last.
                let text = Array(received[..<end].drop { $0 != UInt8(ascii: "{") })
                received.removeSubrange(...end)
                if !text.isEmpty { return text }
            }
            var watched = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let count = poll(&watched, 1, milliseconds)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return nil }
            var buffer = [UInt8](repeating: 0, count: 4_096)
            let length = read(descriptor, &buffer, buffer.count)
            if length < 0, errno == EAGAIN || errno == EINTR { continue }
            guard length > 0 else {
                throw StationError.file(path: device, call: "read", errno: length == 0 ? EIO : errno)
            }
            received += buffer.prefix(length)
        }
    }

    private func write(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if count < 0, errno == EAGAIN {
                var watched = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                guard poll(&watched, 1, 5_000) != 0 else {
                    throw StationError.noAnswer(device: device, expected: "a line that takes bytes")
                }
            } else if count >= 0 || errno != EINTR {
                throw StationError.file(path: device, call: "write", errno: errno)
            }
        }
    }
}
