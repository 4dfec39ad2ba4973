import ConfigurationText

extension TomlTable {
    /// A device's name: a part of a path of sysfs, never a path.
    func deviceName(_ key: String) -> String? {
        guard let text = string(key, length: 1...32) else { return nil }
        if !text.contains("/"), text != "..", text != "." { return text }
        report(key, expected: "a device's name without a path", found: "\"\(text)\"")
        return nil
    }

    /// A path below the sysfs root.
    func relativePath(_ key: String, required: Bool) -> String? {
        guard let path = string(key, length: 1...200, required: required) else { return nil }
        guard !path.hasPrefix("/"), !path.split(separator: "/").contains("..") else {
            report(key, expected: "a path below /sys, such as class/thermal/thermal_zone0/temp", found: path)
            return nil
        }
        return path
    }
}
