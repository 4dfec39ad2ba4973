/// The two lines of the H-bridge that moves a plug lock's motor.
struct LockBridge: Sendable {
    let closing: LineHandle
    let opening: LineHandle
}
