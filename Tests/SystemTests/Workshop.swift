import Foundation
import Testing

/// A folder with a maker's keys, a technician's, and releases of a program that is the daemon.
final class Workshop {
    let folder: URL
    var path: String { folder.path }

    init() throws {
        folder = URL(fileURLWithPath: NSTemporaryDirectory()).appendingPathComponent(
            "workshop-\(UInt32.random(in: .min ... .max))")
        for name in ["roots", "slots", "files/bin"] {
            try FileManager.default.createDirectory(
                at: folder.appendingPathComponent(name), withIntermediateDirectories: true)
        }
        for name in ["release", "stranger", "authority", "ada"] {
            try Rig.run("/usr/bin/openssl", ["genpkey", "-algorithm", "ed25519", "-out", "\(path)/\(name).pem"])
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o600], ofItemAtPath: "\(path)/\(name).pem")
        }
        let release = "\(path)/release.pem"
        try Rig.run(
            "service-station",
            [
                "root", "new", "--root-key", release, "--release-key", release, "--key", release, "--days", "30",
                "--threshold", "root=1", "--threshold", "release=1", "-o", "\(path)/roots/root.1",
            ])
        try "simulated 2\n".write(toFile: "\(path)/board", atomically: true, encoding: .utf8)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    func publicKey(_ name: String) throws -> String {
        try Rig.run("service-station", ["login", "--key", "\(path)/\(name).pem", "--show-key"])
    }

    func certify(role: String = "commission") throws {
        try Rig.run(
            "service-station",
            [
                "certificate", "issue", "--authority", "\(path)/authority.pem", "--public-key", publicKey("ada"),
                "--serial", "7", "--name", "Ada", "--role", role, "--scope", "fleet:*", "--days", "30",
                "-o",
                "\(path)/ada.cert",
            ])
    }

    /// A bundle of a release; its program becomes the daemon under test.
    ///
    /// - Parameter ballast: so many bytes that mean nothing go with it.
    func bundle(
        _ version: String, counter: Int, key: String = "release", board: String = "simulated:1-3", ballast: Int = 0
    ) throws -> String {
        let program = "\(path)/files/bin/wattseald"
        try "#!/bin/sh\n# release \(version)\nexec \(Binaries.path("wattseald")) \"$@\"\n".write(
            toFile: program, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
        if ballast > 0 {
            var state = UInt64(counter)
            let words = (0..<ballast / 8).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return state
            }
            try words.withUnsafeBytes { Data($0) }.write(to: folder.appendingPathComponent("files/ballast"))
        }
        let bundle = "\(path)/\(version)-\(key).evb"
        try Rig.run(
            "service-station",
            [
                "sign", "--files", "\(path)/files", "--key", "\(path)/\(key).pem", "--product", "Wattseal test",
                "--arch", Rig.run("/bin/uname", ["-m"]), "--board", board, "--release", version, "--build",
                "0123abcd", "--counter", "\(counter)", "-o", bundle,
            ])
        return bundle
    }

    /// The configuration's tables for a shell on a device, whose technicians this workshop certifies, and for its updater.
    func tables(device: String) throws -> String {
        """
        [shell]
        device = "\(device)"
        authorities = ["\(try publicKey("authority"))"]
        [updater]
        socket = "updater.sock"
        """
    }

    func launcher(_ words: [String]) throws -> String {
        try Rig.run("wattseal-launcher", ["--slots", "\(path)/slots", "--roots", "\(path)/roots"] + words)
    }

    func updater(in folder: URL) throws -> Child {
        try Child(
            Binaries.path("wattseal-launcher"),
            [
                "--slots", "\(path)/slots", "--roots", "\(path)/roots", "--socket", "\(folder.path)/updater.sock",
                "--board", "\(path)/board", "updater",
            ], name: "updater", in: folder)
    }

    /// As its unit starts it: what root does first, then the program of the slot.
    ///
    /// - Parameter rescue: whether the operating system has a program for where no slot may start.
    func daemon(of rig: Rig, name: String, rescue: Bool = false) throws -> Child {
        // Where none may start it says so, and the unit goes on.
        do { _ = try launcher(["settle"]) } catch  where rescue {}
        return try Child(
            Binaries.path("wattseal-launcher"),
            ["--slots", "\(path)/slots", "--roots", "\(path)/roots"]
                + (rescue ? ["--rescue", try Binaries.path("wattseald")] : [])
                + ["run", "bin/wattseald", "--config", rig.configurationPath], name: name, in: rig.folder)
    }

    func send(_ bundle: String, to device: String, _ more: [String] = []) throws {
        try Rig.run(
            "service-station",
            [
                "send", bundle, device, "--key", "\(path)/ada.pem", "--certificate", "\(path)/ada.cert", "--role",
                "commission", "--patience", "5",
            ] + more)
    }
}
