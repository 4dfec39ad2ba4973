import Glibc

/// Whether GPIO chips are those of the kernel's gpio-sim driver: what an emulated board's profile may drive, and nothing
/// else.
enum SimulatedChip {
    /// The driver's devices are called `gpio-sim.0`, `gpio-sim.1` … (drivers/gpio/gpio-sim.c).
    private static let driver = "/gpio-sim."

    /// Looks where each chip's device lies in sysfs.
    ///
    /// - Throws: `BoardError.notEmulated` for a chip of another driver, `BoardError.chip` for one that is not there.
    static func require(_ chips: [String], sysfsRoot: String) throws(BoardError) {
        for chip in Set(chips).sorted() {
            let name = chip.split(separator: "/").last.map(String.init) ?? ""
            let device = try path(of: "\(sysfsRoot)/bus/gpio/devices/\(name)", chip: chip)
            guard device.contains(driver) else { throw .notEmulated(chip: chip, device: device) }
        }
    }

    private static func path(of link: String, chip: String) throws(BoardError) -> String {
        guard let resolved = realpath(link, nil) else { throw .chip(path: chip, errno: errno) }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}
