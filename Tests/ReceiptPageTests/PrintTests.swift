import Foundation
import LightClient
import ReceiptPage
import Receipts
import Testing

/// The page as printers and cameras see it, by programs that others wrote.
@Suite("A receipt on paper")
struct PrintTests {
    private static func path(_ program: String) -> String? {
        let path = "/usr/bin/\(program)"
        return FileManager.default.isExecutableFile(atPath: path) ? path : nil
    }

    /// Debian's weasyprint brings its module for Debian's Python.
    private static let python = path("weasyprint") == nil ? nil : path("python3")
    private static let pdftoppm = path("pdftoppm")
    private static let zbarimg = path("zbarimg")
    private static let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Peers/print_pages.py").path

    private func run(_ program: String?, _ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: try #require(program))
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(arguments)")
        return String(decoding: output, as: UTF8.self)
    }

    private func inFolder(_ body: (URL) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "wattseal-page-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder)
    }

    @Test("takes one sheet, A4 or Letter", .enabled(if: python != nil, "needs Debian's weasyprint"))
    func oneSheet() throws {
        try inFolder { folder in
            for page in SamplePage.allCases {
                try Data(ReceiptPage(try page.report()).html.utf8).write(to: folder.appending(path: "\(page).html"))
            }
            // A page of two sheets shows that the count can fail.
            try Data("<p style='break-after: page'>1</p><p>2</p>".utf8).write(to: folder.appending(path: "two.html"))
            let lines = try run(Self.python, [Self.script, folder.path, "A4", "letter"]).split(separator: "\n")
            #expect(lines.count == (SamplePage.allCases.count + 1) * 2)
            for line in lines { #expect(line.hasSuffix(line.hasPrefix("two ") ? " 2" : " 1"), "\(line)") }
        }
    }

    @Test(
        "shows a code that says the digest",
        .enabled(
            if: python != nil && pdftoppm != nil && zbarimg != nil, "needs weasyprint, poppler-utils and zbar-tools"),
        arguments: [SamplePage.simple, .wide])
    func code(_ page: SamplePage) throws {
        let report = try page.report()
        try inFolder { folder in
            try Data(ReceiptPage(report).html.utf8).write(to: folder.appending(path: "sheet.html"))
            _ = try run(Self.python, [Self.script, folder.path, "A4"])
            // Black and white, as a cheap printer leaves it.
            _ = try run(
                Self.pdftoppm,
                [
                    "-mono", "-r", "200", "-singlefile", folder.appending(path: "sheet-A4.pdf").path,
                    folder.appending(path: "sheet").path,
                ])
            let read = try run(Self.zbarimg, ["--quiet", "--raw", folder.appending(path: "sheet.pbm").path])
            #expect(read.trimmingCharacters(in: .newlines) == report.digest.hex)
        }
    }
}
