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

    private static let weasyprint = path("weasyprint")
    private static let pdfinfo = path("pdfinfo")
    private static let pdftoppm = path("pdftoppm")
    private static let zbarimg = path("zbarimg")
    private static let hasPrinter = weasyprint != nil && pdfinfo != nil

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

    private func print(_ report: ReceiptReport, on paper: String, in folder: URL) throws -> URL {
        let (html, pdf) = (folder.appending(path: "page.html"), folder.appending(path: "page-\(paper).pdf"))
        let style = folder.appending(path: "paper.css")
        try Data(ReceiptPage(report).html.utf8).write(to: html)
        try Data("@page { size: \(paper) }".utf8).write(to: style)
        _ = try run(Self.weasyprint, ["--stylesheet", style.path, html.path, pdf.path])
        return pdf
    }

    @Test(
        "takes one sheet, A4 or Letter", .enabled(if: hasPrinter, "needs weasyprint and poppler-utils"),
        arguments: SamplePage.allCases)
    func oneSheet(_ page: SamplePage) throws {
        let report = try page.report()
        try inFolder { folder in
            for paper in ["A4", "letter"] {
                let pdf = try print(report, on: paper, in: folder)
                let facts = try run(Self.pdfinfo, [pdf.path])
                let pages = facts.split(separator: "\n").first { $0.hasPrefix("Pages:") }
                #expect(pages?.split(separator: " ").last == "1", "\(page) on \(paper)")
                #expect(facts.contains(paper == "A4" ? "(A4)" : "(letter)"), "\(facts)")
            }
        }
    }

    @Test(
        "shows a code that says the digest",
        .enabled(if: hasPrinter && pdftoppm != nil && zbarimg != nil, "needs weasyprint, poppler-utils and zbar-tools"),
        arguments: [SamplePage.simple, .wide])
    func code(_ page: SamplePage) throws {
        let report = try page.report()
        try inFolder { folder in
            let pdf = try print(report, on: "A4", in: folder)
            // Black and white, as a cheap printer leaves it.
            _ = try run(
                Self.pdftoppm, ["-mono", "-r", "200", "-singlefile", pdf.path, folder.appending(path: "sheet").path])
            let read = try run(Self.zbarimg, ["--quiet", "--raw", folder.appending(path: "sheet.pbm").path])
            #expect(read.trimmingCharacters(in: .newlines) == report.digest.hex)
        }
    }
}
