import FoundationEssentials
import Glibc

/// Finds devices of sysfs whose number the kernel gives out at each boot anew: by the number, or by the device's own name.
enum SysfsDevices {
    /// The folder's name of a converter: `iio:deviceN` as it is, otherwise the one whose `name` file says so.
    static func converter(_ device: String, sysfsRoot: String) throws(BoardError) -> String {
        let folder = "\(sysfsRoot)/bus/iio/devices"
        if device.hasPrefix("iio:device") { return device }
        return try find("converter", named: device, in: folder, prefix: "iio:device") { entry in
            (try? DeviceFile(path: "\(folder)/\(entry)/name").readText())
        }
    }

    /// The folder's name of a PWM chip: `pwmchipN` as it is, otherwise the one that this device has.
    static func pwmChip(_ chip: String, sysfsRoot: String) throws(BoardError) -> String {
        let folder = "\(sysfsRoot)/class/pwm"
        if chip.hasPrefix("pwmchip") { return chip }
        return try find("PWM chip", named: chip, in: folder, prefix: "pwmchip") { entry in
            let link = try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\(entry)/device")
            return link?.split(separator: "/").last.map(String.init)
        }
    }

    /// The folder's name of a trigger of converters: the one whose `name` file says so.
    static func trigger(_ name: String, sysfsRoot: String) throws(BoardError) -> String {
        let folder = "\(sysfsRoot)/bus/iio/devices"
        return try find("trigger", named: name, in: folder, prefix: "trigger") { entry in
            // A profile names one of at most 64 bytes.
            (try? DeviceFile(path: "\(folder)/\(entry)/name").readText(limit: 80))
        }
    }

    private static func find(
        _ kind: String, named name: String, in folder: String, prefix: String, _ nameOf: (String) -> String?
    ) throws(BoardError) -> String {
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let named = entries.filter { $0.hasPrefix(prefix) }.sorted().map { (entry: $0, name: nameOf($0)) }
        let found = named.filter { $0.name == name }
        guard found.count == 1, let only = found.first else {
            throw .deviceNotFound(kind: kind, name: name, found: found.count, names: named.compactMap(\.name))
        }
        return only.entry
    }
}
