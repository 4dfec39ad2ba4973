import ChargeControl
import Quantities

/// Runs the companion microcontroller's end over pilots of every duty that IEC 61851-1 knows, from 5 to 97 %, and reads its frames
/// back.
///
/// - Returns: how many frames are right; -1 where one is not.
@c(wattseal_check_companion)
public func checkCompanion() -> Int32 {
    var transmitter = CompanionTransmitter()
    var now = MonotonicInstant(nanoseconds: 0)
    var frames: Int32 = 0
    for percent in Int64(5)...97 {
        for reading in Int64(0)..<400 {
            let phase = reading * 10_000 % 1_000_000
            transmitter.take(Millivolts(phase < percent * 10_000 ? 6_000 : -12_000), at: now)
            now = now + .microseconds(10)
            guard reading % 200 == 199 else { continue }
            guard let sent = transmitter.nextFrame(at: now), let read = CompanionFrame(sent.bytes),
                read == sent, read.high == Millivolts(6_000), read.low == Millivolts(-12_000)
            else { return -1 }
            frames += 1
        }
    }
    return frames
}
