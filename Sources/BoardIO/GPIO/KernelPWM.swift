import Glibc
import Quantities

/// The pilot out of a kernel PWM channel, through its sysfs class.
///
/// High is +12 V and low is -12 V at the pilot's driver, so x1 is a duty of 100 % and state F is one of 0 %.
final class KernelPWM: PilotGenerator {
    private let duty: DeviceFile

    /// Takes the channel, sets 1 kHz, and starts at x1.
    init(chip: String, channel: Int, sysfsRoot: String) throws(BoardError) {
        let chipPath = "\(sysfsRoot)/class/pwm/\(try SysfsDevices.pwmChip(chip, sysfsRoot: sysfsRoot))"
        let path = "\(chipPath)/pwm\(channel)"
        if access("\(path)/duty_cycle", F_OK) != 0 {
            try DeviceFile.write("\(channel)", to: "\(chipPath)/export")
            Self.awaitAccess(to: ["duty_cycle", "enable", "period", "polarity"].map { "\(path)/\($0)" })
        }
        duty = try DeviceFile(path: "\(path)/duty_cycle", writing: true)
        // A channel that was never used has period 0, and the kernel refuses everything but a period then (pwm_apply_state).
        // Of a used one it refuses a period below the present duty, and a polarity change while enabled.
        if try DeviceFile(path: "\(path)/period").readNumber() != 0 {
            try duty.write("0")
            try DeviceFile.write("0", to: "\(path)/enable")
        }
        try DeviceFile.write("\(PilotOutput.period.rawValue)", to: "\(path)/period")
        try DeviceFile.write("normal", to: "\(path)/polarity")
        try duty.write("\(PilotOutput.period.rawValue)")
        try DeviceFile.write("1", to: "\(path)/enable")
    }

    /// Waits, at most 2 s, until udev has given this user the files of a channel that was just exported. Whatever is missing
    /// then is told by the first write.
    private static func awaitAccess(to files: [String]) {
        for _ in 0..<100 where files.contains(where: { access($0, W_OK) != 0 }) { usleep(20_000) }
    }

    func generate(_ output: PilotOutput) throws(BoardError) {
        try output.requireRange()
        switch output {
        case .x1: try duty.write("\(PilotOutput.period.rawValue)")
        case .off: try duty.write("0")
        case .pwm(let highTime): try duty.write("\(highTime.rawValue)")
        }
    }
}
