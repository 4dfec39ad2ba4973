import FirmwareUpdate
import Ledger
import PlatformLink
import Quantities
import SignedRecords
import Synchronization
import Testing

@testable import Firmware

@Suite("Whether a release stands on the ledger")
struct ReleaseInquiryTests {
    private static let product = "Example Box"
    private let image = Image(manifest: ContentHash(hashing: [1]), version: "1.2", securityCounter: 4)

    private func proved(
        _ change: (inout (product: String, counter: UInt32, isWithdrawn: Bool, least: UInt32?)) -> Void = { _ in }
    ) throws -> ProvedRelease {
        var terms = (product: Self.product, counter: UInt32(4), isWithdrawn: false, least: UInt32?(4))
        change(&terms)
        return ProvedRelease(
            question: ReleaseQuestion(digest: image.manifest, product: Self.product),
            release: try FirmwareRelease(
                product: terms.product, version: "1.2", digest: image.manifest, securityCounter: terms.counter,
                isWithdrawn: terms.isWithdrawn),
            product: terms.least.map { ProductFirmware(newest: image.manifest, minimumCounter: $0) }, height: 9)
    }

    private func obstacle(_ proved: ProvedRelease) -> String? {
        ReleaseInquiry.obstacle(to: image, product: Self.product, by: proved)
    }

    @Test("one that stands there, for this product and with this counter, may be activated")
    func stands() throws {
        #expect(obstacle(try proved()) == nil)
        #expect(obstacle(try proved { $0.least = nil }) == nil)
        #expect(obstacle(try proved { $0.least = 3 }) == nil)
    }

    @Test("absent, withdrawn, for another product, with another counter, below the least: each says so")
    func refused() throws {
        let absent = ProvedRelease(
            question: ReleaseQuestion(digest: image.manifest, product: Self.product), release: nil, product: nil,
            height: 9)
        #expect(obstacle(absent)?.hasPrefix("the ledger does not hold release 4bf5122f") == true)
        #expect(obstacle(try proved { $0.isWithdrawn = true }) == "release 1.2 is withdrawn on the ledger")
        #expect(
            obstacle(try proved { $0.product = "Other" })
                == "the ledger holds this release for \"Other\", this is \"Example Box\"")
        for counter in [UInt32(3), 5] {
            #expect(
                obstacle(try proved { $0.counter = counter })
                    == "the ledger holds this release with security counter \(counter), its manifest says 4")
        }
        #expect(
            obstacle(try proved { $0.least = 5 })
                == "the ledger asks for a security counter of 5 at least, this release has 4")
    }

    /// The link's side: what the inquiry wakes.
    private final class Link: Sendable {
        let wakes = Mutex(0)
        let answers = Mutex<[ProvedRelease]>([])
        let inquiry = Mutex<ReleaseInquiry?>(nil)

        func look() {
            wakes.withLock { $0 += 1 }
            for answer in answers.withLock({ $0 }) { inquiry.withLock { $0 }?.told(answer) }
        }
    }

    private func inquiry(_ link: Link) throws -> ReleaseInquiry {
        let inquiry = try ReleaseInquiry(product: Self.product) { link.look() }
        link.inquiry.withLock { $0 = inquiry }
        return inquiry
    }

    @Test("the link is woken, and its proof is waited for")
    func asked() throws {
        let link = Link()
        let inquiry = try inquiry(link)
        link.answers.withLock { [answer = try! proved()] in $0 = [answer] }
        #expect(inquiry.question == nil)
        #expect(inquiry.obstacle(to: image, within: .seconds(60)) == nil)
        #expect(link.wakes.withLock { $0 } == 1)
        #expect(inquiry.question == nil, "an answered question is not asked again")
    }

    @Test("no answer in time, an answer to another question, and an earlier answer do not count")
    func unanswered() throws {
        let link = Link()
        let inquiry = try inquiry(link)
        let good = try proved()
        inquiry.told(good)
        #expect(inquiry.obstacle(to: image, within: .milliseconds(1))?.contains("was not proved") == true)
        let other = ProvedRelease(
            question: ReleaseQuestion(digest: ContentHash(hashing: [2]), product: Self.product), release: good.release,
            product: nil, height: 9)
        link.answers.withLock { $0 = [other] }
        #expect(inquiry.obstacle(to: image, within: .milliseconds(1))?.contains("was not proved") == true)
        #expect(inquiry.question == nil, "nobody waits for it any more")
        link.answers.withLock { $0 = [good] }
        #expect(inquiry.obstacle(to: image, within: .seconds(60)) == nil)
        link.answers.withLock { $0 = [] }
        #expect(inquiry.obstacle(to: image, within: .milliseconds(1))?.contains("was not proved") == true)
    }
}
