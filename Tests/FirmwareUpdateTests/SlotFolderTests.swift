import Foundation
import SignedRecords
import Testing

@testable import FirmwareUpdate

/// The launcher as a program, on real folders.
@Suite("The launcher")
struct SlotFolderTests {
    private let folder: URL
    private let disk: FolderDisk
    private let slots: SlotFolder

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("slots-\(UInt32.random(in: 0 ... .max))")
        disk = FolderDisk(path: folder.appendingPathComponent("slots").path)
        slots = SlotFolder(disk: disk)
        for name in ["slots", "roots"] {
            try FileManager.default.createDirectory(
                at: folder.appendingPathComponent(name), withIntermediateDirectories: true)
        }
        try writeRoot(1, key: 1)
    }

    private func writeRoot(_ version: UInt32, key: UInt8, named name: UInt32? = nil) throws {
        let bytes = try Release.root([key], version: version).encoded()
        try Data(bytes).write(to: folder.appendingPathComponent("roots/root.\(name ?? version)"))
    }

    private func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: folder.appendingPathComponent(name))
    }

    private static let program = """
        #!/bin/sh
        echo "$0 in $WATTSEAL_SLOT: $*"
        exit 3

        """

    private func bundle(_ version: String = "1.0", counter: UInt32 = 4, key: UInt8 = 1) throws -> URL {
        let bytes = try Release.small(
            version: version, counter: counter, key: key, architecture: Self.architecture, program: Self.program)
        let place = folder.appendingPathComponent("\(version).bundle")
        try Data(bytes).write(to: place)
        return place
    }

    private static var architecture: String {
        #if arch(x86_64)
            "x86_64"
        #else
            "aarch64"
        #endif
    }

    private func boot() throws -> BootRecordStore {
        try BootRecordStore(reading: try slots.bootFile() ?? [])
    }

    /// Exit code, standard output and standard error of the launcher; it stands beside the tests' own program.
    private func launch(_ words: String...) throws -> (code: Int32, output: String, errors: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
            .appendingPathComponent("wattseal-launcher")
        process.arguments = ["--slots", disk.path, "--roots", folder.path + "/roots"] + words
        let (output, errors) = (Pipe(), Pipe())
        (process.standardOutput, process.standardError) = (output, errors)
        try process.run()
        let texts = [output, errors].map {
            String(decoding: $0.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        }
        process.waitUntilExit()
        return (process.terminationStatus, texts[0], texts[1])
    }

    @Test("fills the first slot, and becomes its program with its arguments and its exit code")
    func firstSlot() throws {
        let made = try launch("first-slot", try bundle().path)
        #expect(made.code == 0, "\(made.errors)")
        #expect(made.errors == "wattseal-launcher: slot a, 1.0, counter 4, is ready\n")
        #expect(try launch("show").output == "slot a, 1.0\n")
        let ran = try launch("run", "bin/wattseald", "--config", "a b")
        #expect(ran.code == 3)
        #expect(ran.output == "\(disk.path)/a/files/bin/wattseald in a: --config a b\n")
        #expect(ran.errors.isEmpty)
        #expect(try launch("run", "bin/nothing").code == 1)
    }

    @Test("a device that has a boot record keeps its slots")
    func once() throws {
        #expect(try launch("first-slot", try bundle().path).code == 0)
        let before = try Data(contentsOf: folder.appendingPathComponent("slots/boot"))
        let again = try launch("first-slot", try bundle("2.0", counter: 9).path)
        #expect(again.code == 1)
        #expect(again.errors.contains("expected a device without a boot record"))
        #expect(try Data(contentsOf: folder.appendingPathComponent("slots/boot")) == before)
        try Data("torn".utf8).write(to: folder.appendingPathComponent("slots/boot"))
        #expect(try launch("first-slot", try bundle("2.0", counter: 9).path).code == 1)
        #expect(try launch("show").output == "slot a, 1.0\n")
    }

    @Test("what a stop left of an earlier attempt is thrown away, whatever it is")
    func leftovers() throws {
        let a = folder.appendingPathComponent("slots/a")
        try FileManager.default.createDirectory(
            at: a.appendingPathComponent("files/bin/wattseald"), withIntermediateDirectories: true)
        try write("slots/a/release", "half")
        try FileManager.default.createSymbolicLink(
            atPath: a.path + "/files/etc", withDestinationPath: folder.path + "/roots")
        #expect(try launch("first-slot", try bundle().path).code == 0)
        #expect(FileManager.default.fileExists(atPath: folder.path + "/roots/root.1"))
        #expect(try launch("show").code == 0)
    }

    @Test("a bundle that is not whole, or that others signed, leaves no boot record")
    func badBundles() throws {
        let good = try Data(contentsOf: bundle())
        var flipped = good
        flipped[good.count - 3] ^= 1
        var foreign: [Data] = [flipped, good.dropLast(), good + [0], Data("nothing".utf8), Data()]
        foreign.append(try Data(contentsOf: bundle("1.1", key: 2)))
        foreign.append(
            Data(
                try Release.small(
                    version: "1.2", counter: 1, architecture: Self.architecture == "x86_64" ? "aarch64" : "x86_64")))
        for (number, bytes) in foreign.enumerated() {
            let place = folder.appendingPathComponent("bad-\(number)")
            try bytes.write(to: place)
            #expect(try launch("first-slot", place.path).code == 1, "\(number)")
            #expect(!FileManager.default.fileExists(atPath: disk.path + "/boot"), "\(number)")
        }
        #expect(try launch("first-slot", folder.path + "/none").code == 1)
        #expect(try launch("first-slot", try bundle().path).code == 0)
    }

    @Test("a damaged slot is marked by settle alone, the other one runs, and says why; with none left it ends with 78")
    func fallback() throws {
        #expect(try launch("first-slot", try bundle().path).code == 0)
        let files = FileManager.default
        try files.copyItem(atPath: disk.path + "/a", toPath: disk.path + "/b")
        let image = try #require(boot().record.a.image)
        let next = try boot().record.staging(image)
        try slots.write(try boot().write(next))
        let bootable = try next.verifyingStaged()
        try slots.write(try boot().write(bootable))
        try write("slots/a/files/bin/wattseald", "#!/bin/sh\necho stranger\n")

        let ran = try launch("run", "bin/wattseald", "x")
        #expect(ran.output == "\(disk.path)/b/files/bin/wattseald in b: x\n")
        #expect(
            ran.errors
                == "wattseal-launcher: slot a, 1.0: the file bin/wattseald does not have the hash that the manifest names\n"
        )
        #expect(try boot().record.active == .a)
        let settled = try launch("settle")
        #expect(settled.code == 0)
        #expect(settled.errors.contains("slot a is marked bad\nwattseal-launcher: slot b, 1.0, starts"))
        #expect(try boot().record.active == .b)
        // The very bytes, but behind a link: what a slot consists of stands in the slot.
        try files.removeItem(atPath: disk.path + "/b/files/etc/text")
        try files.createSymbolicLink(
            atPath: disk.path + "/b/files/etc/text", withDestinationPath: "../../../a/files/etc/text")
        #expect(try launch("run", "bin/wattseald").code == 78)
        #expect(try launch("settle").code == 78)
        let last = try launch("show")
        #expect(last.code == 78)
        #expect(last.errors.contains("no slot may start; the outputs stay off"))
    }

    @Test("the newest root counts for a device without a record, and a root under another's name is refused")
    func roots() throws {
        try writeRoot(2, key: 2)
        try writeRoot(10, key: 3)
        try write("roots/root.x", "nothing")
        let read = RootFolder(disk: disk, packaged: FolderDisk(path: folder.path + "/roots"))
        #expect(try read.newestRoot(atLeast: 1).root.version == 10)
        #expect(throws: FirmwareUpdateError.root(.lost(expected: 11, found: 10))) { try read.newestRoot(atLeast: 11) }
        #expect(try launch("first-slot", try bundle("1.3", key: 3).path).code == 0)
        try writeRoot(9, key: 3, named: 10)
        let refused = try launch("show")
        #expect(refused.code == 78)
        #expect(refused.errors.contains("expected version 10, found 9"))
    }

    @Test("says how it is used")
    func usage() throws {
        for words in [[], ["run"], ["settle", "now"], ["fly"], ["--slots"]] {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
                .appendingPathComponent("wattseal-launcher")
            process.arguments = words
            process.standardError = FileHandle.nullDevice
            try process.run()
            process.waitUntilExit()
            #expect(process.terminationStatus == 64, "\(words)")
        }
    }
}
