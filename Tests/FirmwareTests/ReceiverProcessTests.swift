import Foundation
import ServiceShell
import Testing

@testable import Firmware

/// The process that receives a file, with programs in `rz`'s place that misbehave.
@Suite("The receiver's process", .serialized)
struct ReceiverProcessTests {
    private final class Bench {
        let home: String
        let folder: TransferFolder
        let receiver: ReceiverProcess

        /// - Parameter script: what the shell does in `rz`'s place; nil for no program at all.
        init(_ script: String?, longestFile: UInt64 = 1 << 28) throws {
            home = NSTemporaryDirectory() + "transfer-\(UUID().uuidString)"
            try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
            let program = home + "/rz"
            if let script {
                try "#!/bin/sh\n\(script)\n".write(toFile: program, atomically: true, encoding: .utf8)
                try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
            }
            folder = TransferFolder(home: home, program: program, longestFile: longestFile)
            receiver = ReceiverProcess(folder: folder)
        }

        deinit {
            receiver.stop()
            try? FileManager.default.removeItem(atPath: home)
        }

        /// Starts it and waits for its end; the limit only ends a test that has failed.
        func run() throws -> ReceiverEnding {
            _ = try receiver.prepare()
            _ = try receiver.start()
            return try #require(ended())
        }

        func ended() -> ReceiverEnding? {
            for _ in 0..<3_000 {
                if let ending = receiver.ending() { return ending }
                usleep(10_000)
            }
            return nil
        }

        /// What the process says, until it closes its end.
        func words(_ descriptor: Int32) -> String {
            var bytes: [UInt8] = []
            while true {
                var watched = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                guard poll(&watched, 1, 30_000) == 1 else { break }
                var buffer = [UInt8](repeating: 0, count: 4_096)
                let count = read(descriptor, &buffer, buffer.count)
                guard count > 0 else { break }
                bytes += buffer.prefix(count)
            }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    @Test("one file, whatever it is called and whatever its mode, is opened; the folder is empty before and after")
    func oneFile() throws {
        let bench = try Bench("printf 12345 > '-rf ..; x'; exec /bin/chmod 0 ./*")
        try FileManager.default.createDirectory(
            atPath: bench.folder.path + "/old/older", withIntermediateDirectories: true)
        #expect(try bench.run() == .exited(code: 0))
        #expect(bench.receiver.content() == ReceivedContent(files: 1, others: 0, bytes: 5))
        let (descriptor, length) = try bench.folder.openFile()
        #expect(length == 5)
        close(descriptor)
        bench.receiver.clear()
        #expect(!FileManager.default.fileExists(atPath: bench.folder.path))
    }

    @Test("no environment, no other descriptor, its own folder, no more rights, no core, a small memory")
    func confined() throws {
        // No command here makes a process: for other users than root there is none left.
        let bench = try Bench(
            """
            pwd; echo "arguments $*"
            echo "open" /proc/self/fd/*
            while read -r name value; do case $name in NoNewPrivs:) echo "rights $value" ;; esac; done < /proc/self/status
            printf "limits "; for one in c n v p; do ulimit -$one; done
            while IFS= read -r line; do echo "environment $line"; done < /proc/self/environ
            """)
        // What this process has open and set is not passed on.
        setenv("WATTSEAL_SECRET", "1", 1)
        defer { unsetenv("WATTSEAL_SECRET") }
        let strange = open("/dev/null", O_RDONLY)
        defer { close(strange) }
        _ = try bench.receiver.prepare()
        let words = bench.words(try bench.receiver.start())
        #expect(words.contains("\(bench.folder.path)\n"), "\(words)")
        #expect(words.contains("arguments --binary --restricted --quiet\n"), "\(words)")
        #expect(!words.contains("SECRET"), "\(words)")
        #expect(words.contains("rights 1\n"), "\(words)")
        #expect(words.contains("limits 0\n16\n65536\n0\n"), "\(words)")
        // 0, 1, 2, the script, and the folder that is being listed.
        let open = words.firstMatch(of: /open ([^\n]*)/)?.1.split(separator: " ").count ?? 0
        #expect(open > 0 && open <= 5, "\(words)")
        #expect(bench.ended() == .exited(code: 0))
    }

    @Test("the kernel ends what writes more than is let in")
    func tooLong() throws {
        let bench = try Bench("exec /bin/dd if=/dev/zero of=long bs=1024 count=2048", longestFile: 1 << 20)
        #expect(try bench.receiver.prepare() == 1 << 20)
        _ = try bench.receiver.start()
        #expect(bench.ended() == .ended(signal: SIGXFSZ))
        #expect(bench.receiver.content().bytes <= 1 << 20)
    }

    // Another user's receiver could start nothing.
    @Test("one that hangs, with all that it started, is gone when it is stopped", .enabled(if: geteuid() == 0))
    func hangs() throws {
        let bench = try Bench("trap '' TERM HUP PIPE; /bin/sleep 1000 & echo $!; wait; /bin/sleep 1000")
        _ = try bench.receiver.prepare()
        let descriptor = try bench.receiver.start()
        var watched = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        try #require(poll(&watched, 1, 30_000) == 1)
        var buffer = [UInt8](repeating: 0, count: 32)
        let count = read(descriptor, &buffer, buffer.count)
        let text = String(decoding: buffer.prefix(max(count, 0)), as: UTF8.self)
        let child = try #require(pid_t(text.split(separator: "\n").first ?? ""))
        #expect(bench.receiver.ending() == nil && kill(child, 0) == 0)
        bench.receiver.stop()
        // Whoever takes an orphan over needs a moment.
        for _ in 0..<3_000 where Self.isAlive(child) { usleep(10_000) }
        #expect(!Self.isAlive(child))
        #expect(bench.receiver.ending() == nil)
        bench.receiver.stop()
    }

    /// A zombie is not.
    private static func isAlive(_ process: pid_t) -> Bool {
        guard let status = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8) else { return false }
        return status.split(separator: ")").last?.hasPrefix(" Z") == false
    }

    @Test(
        "what is not one file is not opened, and a link is never followed",
        arguments: [
            "printf 1 > a; printf 2 > b", "exec /bin/ln -s /etc/passwd a", "exec /bin/mkdir a", "exit 0",
            "printf 1 > a; exec /bin/ln a b", "printf 1 > a; exec /bin/ln -s a b", "exec /usr/bin/mkfifo a",
        ])
    func notOneFile(script: String) throws {
        let bench = try Bench(script)
        #expect(try bench.run() == .exited(code: 0))
        #expect(bench.receiver.content() != ReceivedContent(files: 1, others: 0, bytes: 1))
        let failure = #expect(throws: ServiceShellError.self) { try bench.folder.openFile() }
        guard case .notReceived? = failure else {
            Issue.record("\(String(describing: failure))")
            return
        }
        bench.receiver.clear()
        #expect(FileManager.default.fileExists(atPath: "/etc/passwd"))
    }

    @Test("a link in the folder's place is removed, and not what it leads to")
    func linkedFolder() throws {
        let bench = try Bench("printf 1 > a")
        let other = bench.home + "/other"
        try FileManager.default.createDirectory(atPath: other, withIntermediateDirectories: true)
        try "kept".write(toFile: other + "/file", atomically: true, encoding: .utf8)
        try FileManager.default.createSymbolicLink(atPath: bench.folder.path, withDestinationPath: other)
        #expect(try bench.run() == .exited(code: 0))
        #expect(FileManager.default.fileExists(atPath: other + "/file"))
        #expect(!FileManager.default.fileExists(atPath: other + "/a"))
    }

    @Test("a program that is not there is told with its package, before a folder is made")
    func missing() throws {
        let bench = try Bench(nil)
        let words = "\(bench.home)/rz is not there; on Debian it comes with the package lrzsz"
        #expect(bench.folder.obstacle == words)
        #expect(throws: ServiceShellError.unavailable(words)) { try bench.receiver.prepare() }
        #expect(!FileManager.default.fileExists(atPath: bench.folder.path))
    }

    @Test("a program that cannot be started is told, and leaves nothing open")
    func cannotStart() throws {
        let bench = try Bench("exit 0")
        _ = try bench.receiver.prepare()
        try FileManager.default.removeItem(atPath: bench.folder.path)
        let failure = #expect(throws: ServiceShellError.self) { try bench.receiver.start() }
        #expect("\(String(describing: failure))".contains("No such file"), "\(String(describing: failure))")
        #expect(bench.receiver.ending() == nil)
    }
}
