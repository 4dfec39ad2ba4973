import Testing

/// What the board emulator's checks rest on, tried without an emulator.
@Suite("board emulator's host")
struct EmulatorHostTests {
    @Test("the disk that forgets, the witness of what was told, and the late samples do what their commands rely on")
    func selfTest() throws {
        let tried = try Command(["python3", "-B", Repository.root + "/Tools/BoardEmulator/Host/self_test.py"])
        #expect(tried.status == 0, "\(tried.errors)")
        #expect(tried.errors.contains("\nOK"))
    }
}
