import SignedRecords
import Testing

@testable import FirmwareUpdate

@Suite("Roots")
struct ReleaseRootTests {
    private static let key = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    private static let other = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"

    @Test("are read with their comments")
    func good() throws {
        let text = "# made by hand\nwattseal-root/1\nversion 12\n\nthreshold 2\nkey \(Self.key)\nkey \(Self.other)\n"
        let root = try ReleaseRoot(text: Array(text.utf8))
        #expect(root.version == 12)
        #expect(root.keys.threshold == 2)
    }

    @Test(
        "are refused where a line is not as it should be",
        arguments: [
            "", "wattseal-root/2\nversion 1\nthreshold 1\nkey K\n", "wattseal-root/1\nthreshold 1\nversion 1\nkey K\n",
            "wattseal-root/1\nversion 0\nthreshold 1\nkey K\n", "wattseal-root/1\nversion 01\nthreshold 1\nkey K\n",
            "wattseal-root/1\nversion 1 \nthreshold 1\nkey K\n", "wattseal-root/1\nversion 1\nthreshold 2\nkey K\n",
            "wattseal-root/1\nversion 1\nthreshold 0\nkey K\n", "wattseal-root/1\nversion 1\nthreshold 1\n",
            "wattseal-root/1\nversion 1\nthreshold 1\nkey K\nkey K\n",
            "wattseal-root/1\nversion 1\nthreshold 1\nkey 12\n",
            "wattseal-root/1\nversion 1\nthreshold 1\nkey K\nexpires 2030\n",
            "wattseal-root/1\nversion 1\nthreshold 1\n key K\n",
        ])
    func bad(text: String) {
        let text = Array(text.replacing("K", with: Self.key).utf8)
        #expect(refusal { () throws(FirmwareUpdateError) in try ReleaseRoot(text: text) } != nil)
    }
}
