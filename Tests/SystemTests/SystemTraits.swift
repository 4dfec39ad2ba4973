import Foundation
import LoopDisk
import Testing

extension Trait where Self == ConditionTrait {
    /// Runs only where loop devices can be mounted.
    static var needsLoopDevices: Self { .enabled(if: LoopDisk.isAvailable, "\(LoopDisk.need)") }

    /// Runs only where a process can be killed at a chosen system call.
    static var needsStrace: Self {
        .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/strace"), "strace is not installed")
    }
}
