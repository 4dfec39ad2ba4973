import Foundation
import Glibc

/// RAUC's real service on a bus of its own, with two slots that are files and a bootloader that is a script over files.
final class RealRAUC {
    /// What it takes, beside root for the loop device that a bundle is mounted from; empty where all of it is there.
    static let missing: [String] = {
        var missing = ["rauc", "dbus-daemon", "openssl", "mksquashfs"].filter { program in
            !["/usr/bin", "/bin", "/usr/sbin"].contains { access("\($0)/\(program)", X_OK) == 0 }
        }
        if getuid() != 0 { missing.append("root") }
        if access("/dev/loop-control", R_OK | W_OK) != 0 { missing.append("loop devices") }
        let systems = (try? String(contentsOfFile: "/proc/filesystems", encoding: .utf8)) ?? ""
        if !systems.contains("\tsquashfs\n") { missing.append("squashfs") }
        return missing
    }()

    let place: String
    var address: String { "unix:path=\(place)/bus" }
    private var bus: Process?
    private var service: Process?

    init() throws {
        place = NSTemporaryDirectory() + "rauc-\(UInt32.random(in: 0 ... .max))"
        for name in ["state", "mount", "content"] {
            try FileManager.default.createDirectory(atPath: "\(place)/\(name)", withIntermediateDirectories: true)
        }
        try write("bootloader", Self.bootloader)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: "\(place)/bootloader")
        for (name, text) in [("primary", "A"), ("state-A", "good"), ("state-B", "bad")] {
            try write("state/\(name)", text + "\n")
        }
        for name in ["A", "B"] { try Data(count: 1 << 20).write(to: URL(fileURLWithPath: "\(place)/slot-\(name)")) }
        try write("system.conf", configuration)
        try write("bus.conf", busConfiguration)
        bus = try started("/usr/bin/dbus-daemon", ["--config-file=\(place)/bus.conf", "--nofork", "--nopidfile"])
        try wait("a bus") { access("\(self.place)/bus", F_OK) == 0 }
    }

    deinit {
        stopService()
        if let bus {
            kill(bus.processIdentifier, SIGKILL)
            bus.waitUntilExit()
        }
        // A mount that a stopped service has left would keep the folder.
        _ = umount("\(place)/mount/bundle")
        try? FileManager.default.removeItem(atPath: place)
    }

    private func write(_ name: String, _ text: String) throws {
        try text.write(toFile: "\(place)/\(name)", atomically: false, encoding: .utf8)
    }

    /// The bootloader's own note: `primary`, or `state-A`.
    func note(_ name: String) throws -> String {
        try String(contentsOfFile: "\(place)/state/\(name)", encoding: .utf8).trimmingCharacters(in: .newlines)
    }

    private func started(_ program: String, _ arguments: [String]) throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.environment = ["DBUS_SYSTEM_BUS_ADDRESS": address, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"]
        let log = "\(place)/\(program.split(separator: "/").last ?? "log").log"
        _ = FileManager.default.createFile(atPath: log, contents: nil)
        let handle = FileHandle(forWritingAtPath: log)
        process.standardOutput = handle
        process.standardError = handle
        process.standardInput = FileHandle.nullDevice
        try process.run()
        return process
    }

    private func run(_ program: String, _ arguments: [String]) throws {
        let process = try started(program, arguments)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Missing(what: "\(program) \(arguments) to succeed") }
    }

    struct Missing: Error { let what: String }

    /// Waits, up to 30 s, for something that comes by itself.
    private func wait(_ what: String, until holds: () -> Bool) throws {
        for _ in 0..<3_000 {
            if holds() { return }
            usleep(10_000)
        }
        throw Missing(what: what)
    }

    /// The service as a machine has it that runs from this slot.
    func startService(bootedFrom slot: String) throws {
        stopService()
        service = try started(
            "/usr/bin/rauc", ["--conf=\(place)/system.conf", "--override-boot-slot=\(slot)", "service"])
    }

    func stopService() {
        guard let service else { return }
        // SIGTERM may be blocked in a child of this process, and it does not unblock it.
        kill(service.processIdentifier, SIGKILL)
        service.waitUntilExit()
        self.service = nil
    }

    /// A bundle of RAUC's, with its P-256 certificate: Ed25519 does not sign CMS in RAUC 1.8.
    func bundle(version: String) throws -> [UInt8] {
        if access("\(place)/key.pem", F_OK) != 0 {
            try run(
                "/usr/bin/openssl",
                [
                    "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
                    "3650",
                    "-subj", "/CN=Example images", "-keyout", "\(place)/key.pem", "-out", "\(place)/cert.pem",
                ])
        }
        try Data((0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 9) })
            .write(to: URL(fileURLWithPath: "\(place)/content/rootfs.img"))
        // RAUC 1.8 writes hashes into it.
        try write(
            "content/manifest.raucm",
            "[update]\ncompatible=example-box\nversion=\(version)\n\n[image.rootfs]\nfilename=rootfs.img\n")
        let output = "\(place)/made-\(version).raucb"
        try run(
            "/usr/bin/rauc",
            ["--cert=\(place)/cert.pem", "--key=\(place)/key.pem", "bundle", "\(place)/content", output])
        return Array(try Data(contentsOf: URL(fileURLWithPath: output)))
    }

    private static let bootloader = """
        #!/bin/sh
        # RAUC's custom bootloader: what starts first, and each slot's state, are files.
        cd "$(dirname "$0")/state" || exit 1
        case "$1" in
        get-primary) cat primary ;;
        set-primary) echo "$2" >primary ;;
        get-state) cat "state-$2" ;;
        set-state) echo "$3" >"state-$2" ;;
        *) exit 1 ;;
        esac

        """

    private var configuration: String {
        """
        [system]
        compatible=example-box
        bootloader=custom
        statusfile=\(place)/state/central.status
        mountprefix=\(place)/mount

        [handlers]
        bootloader-custom-backend=\(place)/bootloader

        [keyring]
        path=\(place)/cert.pem

        [slot.rootfs.0]
        device=\(place)/slot-A
        type=raw
        bootname=A

        [slot.rootfs.1]
        device=\(place)/slot-B
        type=raw
        bootname=B

        """
    }

    private var busConfiguration: String {
        """
        <!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
         "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
        <busconfig>
          <listen>unix:path=\(place)/bus</listen>
          <auth>EXTERNAL</auth>
          <policy context="default">
            <allow send_destination="*" eavesdrop="true"/>
            <allow eavesdrop="true"/>
            <allow own="*"/>
            <allow user="*"/>
          </policy>
        </busconfig>

        """
    }
}
