import Glibc

/// A pseudo-terminal in raw mode, with a symbolic link to its slave's name.
///
/// Opened through /dev/ptmx with the kernel's own requests: glibc's names for them are hidden from Swift.
final class PseudoTerminal {
    let master: Int32
    /// Kept open, so that the master does not see the line die between two clients.
    private let slave: Int32
    private let link: String

    /// `TIOCSPTLCK` and `TIOCGPTN` of asm-generic/ioctls.h, the same on every machine that Debian supports but MIPS,
    /// PowerPC and SPARC.
    private static let lockRequest: UInt = 0x4004_5431
    private static let numberRequest: UInt = 0x8004_5430

    init(link: String) throws(ProcessError) {
        let master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard master >= 0 else { throw .system(call: "open", path: "/dev/ptmx", errno: errno) }
        do throws(ProcessError) {
            slave = try Self.openSlave(of: master, link: link)
        } catch {
            close(master)
            throw error
        }
        setNonBlocking(master)
        self.master = master
        self.link = link
    }

    /// Removes the link and ends the line.
    func shut() {
        unlink(link)
        close(slave)
        close(master)
    }

    private static func openSlave(of master: Int32, link: String) throws(ProcessError) -> Int32 {
        var lock: Int32 = 0
        var number: UInt32 = 0
        guard ioctl(master, lockRequest, &lock) == 0, ioctl(master, numberRequest, &number) == 0 else {
            throw .system(call: "ioctl", path: "/dev/ptmx", errno: errno)
        }
        let name = "/dev/pts/\(number)"
        let slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard slave >= 0 else { throw .system(call: "open", path: name, errno: errno) }
        var settings = termios()
        if tcgetattr(slave, &settings) == 0 {
            cfmakeraw(&settings)
            tcsetattr(slave, TCSANOW, &settings)
        }
        do throws(ProcessError) {
            try makeLink(link, to: name)
        } catch {
            close(slave)
            throw error
        }
        return slave
    }

    private static func makeLink(_ link: String, to target: String) throws(ProcessError) {
        var status = stat()
        if lstat(link, &status) == 0 {
            guard status.st_mode & S_IFMT == S_IFLNK else { throw .notReplaceable(path: link) }
            unlink(link)
        }
        guard symlink(target, link) == 0 else { throw .system(call: "symlink", path: link, errno: errno) }
    }
}
