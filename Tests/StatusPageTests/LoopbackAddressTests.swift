import Testing

@testable import StatusPage

@Suite("Addresses that only this machine reaches")
struct LoopbackAddressTests {
    @Test(arguments: [
        ("127.0.0.1:8080", "127.0.0.1", 8_080), ("127.9.0.255:1", "127.9.0.255", 1), ("[::1]:65535", "::1", 65_535),
    ])
    func taken(text: String, host: String, port: Int) throws {
        let address = try LoopbackAddress(text)
        #expect(address.host == host)
        #expect(Int(address.port) == port)
        #expect("\(address)" == text)
    }

    @Test(arguments: [
        "0.0.0.0:8080", "192.168.1.2:8080", "[::]:8080", "[::2]:80", "::1:8080", "localhost:8080", "127.0.0.1",
        "127.0.0.1:",
        "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:+80", "127.0.0.1:080", "127.0.0.256:80", "127.0.0:80",
        "127.0.0.1.1:80",
        "127.00.0.1:80", "128.0.0.1:80", "1270.0.1:80", ":8080", "", "127.0.0.1:80:80", " 127.0.0.1:80",
    ])
    func refused(text: String) {
        #expect(throws: StatusPageError.notLoopback(text)) { try LoopbackAddress(text) }
    }
}
