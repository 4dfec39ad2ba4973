import SimulatedFlash
import UpdateSoak

@testable import FirmwareUpdate

/// A device whose first release runs, and what its updater is made of.
struct UpdaterBench {
    private static let made = Result { try Maker() }

    let maker: Maker
    let flash: SimulatedFlash
    /// The first root, as the operating system's image brings it.
    let packaged: SimulatedFlash

    init() throws {
        let maker = try Self.made.get()
        try self.init(maker, flash: try UpdateDevice(maker).flash)
    }

    init(_ maker: Maker, flash: SimulatedFlash) throws {
        self.maker = maker
        self.flash = flash
        packaged = SimulatedFlash(seed: 0)
        try packaged.create("root.1", isExecutable: false)
        try packaged.write(maker.roots[0].encoded()[...], to: "root.1", at: 0)
    }

    func desk(_ board: String = "board-a", revision: UInt32 = 2, system: UInt32 = 0) -> UpdaterDesk {
        UpdaterDesk(
            disk: flash, packagedRoots: packaged, board: UpdaterDesk.Board(id: board, revision: revision),
            architecture: Maker.architecture, system: system, now: { nil })
    }

    func record() throws -> BootRecord {
        try BootRecordStore(reading: try SlotFolder(disk: flash).bootFile() ?? []).record
    }
}
