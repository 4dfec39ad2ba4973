import ControlVectors
import Foundation
import Testing

/// The standard's tables as files; `Tools/embedded-check` runs the same files on Arm.
@Suite struct VectorTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Vectors/ChargeControl")

    @Test(arguments: [("duty.txt", 150), ("car.txt", 400), ("levels.txt", 300), ("plugs.txt", 30)])
    func everyLineIsRight(file: String, least: Int) throws {
        let bytes = [UInt8](try Data(contentsOf: Self.folder.appendingPathComponent(file)))
        let verdict = ControlVectors.run(bytes)
        #expect(verdict.failedLine == 0, "\(file):\(verdict.failedLine)")
        #expect(verdict.passed >= least)
    }

    @Test(arguments: [
        "encode 16000 pwm 266667", "encode 16000 off", "encode 51000 pwm 850000", "encode 5999 pwm 100000",
        "decode 850001 may 51000", "decode 70001 digital", "first 10500 B", "after 12000 10201 B",
        "plug 141 carries 63000",
        "plug 74 unknown", "encode 16000 pwm 266666 more", "encode", "encode x off", "frobnicate 1", "plug 100 carries",
        "encode 99999999999 refused",
    ])
    func aWrongLineIsFound(line: String) {
        let verdict = ControlVectors.run(Array("# one\nplug 100 carries 63000\n\(line)\nplug 100 short\n".utf8))
        #expect(verdict.failedLine == 3)
        #expect(verdict.passed == 1)
    }
}
