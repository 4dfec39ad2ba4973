import ServiceShell

extension FixedDesk {
    func firmware() throws(ServiceShellError) -> FirmwareAnswer {
        FirmwareAnswer(
            slots: [
                .init(
                    name: "a", state: "bootable", part: "active", version: "1.0", counter: 2,
                    manifest: Array(repeating: 0xCD, count: 32)),
                .init(name: "b", state: "empty"),
            ], running: "a", counterFloor: 2, rootVersion: 1, lastChange: "a trial was confirmed",
            transfer: TransferAnswer(next: 640, length: 70_000, isWhole: false))
    }

    /// Takes 640 bytes from byte 0 on, and nothing else.
    func put(_ bytes: [UInt8], at offset: UInt64) throws(ServiceShellError) -> TransferAnswer {
        guard offset == 0 else { throw .transferOffset(expected: 0, found: offset) }
        return TransferAnswer(next: UInt64(bytes.count), length: nil, isWhole: false)
    }
}

extension EmptyDesk {
    func firmware() throws(ServiceShellError) -> FirmwareAnswer { throw .unavailable("no updater is configured") }
    func put(_ bytes: [UInt8], at offset: UInt64) throws(ServiceShellError) -> TransferAnswer {
        throw .unavailable("no updater is configured")
    }
}
