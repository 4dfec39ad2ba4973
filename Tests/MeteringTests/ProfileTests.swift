import ConfigurationText
import Quantities
import Testing

@testable import Metering

@Suite struct ProfileTests {
    @Test func `the shipped profiles load and say what the vendors' tables say`() throws {
        let sdm = try Fixtures.sdm630()
        #expect(sdm.id == "eastron.sdm630.v2")
        #expect(sdm.link.line?.description == "9600 8N1")
        #expect(
            sdm.billing.energy.block.span.request(in: RegisterMap())
                == RegisterRequest(functionCode: 4, address: 0x48, count: 4))
        #expect(
            sdm.billing.confirmation?.block.span.request(in: RegisterMap())
                == RegisterRequest(functionCode: 4, address: 0x46, count: 6))
        #expect(
            sdm.serial?.span.request(in: RegisterMap()) == RegisterRequest(functionCode: 3, address: 0xFC00, count: 2))
        #expect(sdm.resolution == MilliwattHours(10_000))
        #expect(sdm.readingOrder.map(\.name) == ["energy", "confirmation", "live"])
        let iem = try Fixtures.iem3155()
        #expect(
            iem.billing.energy.block.span.request(in: RegisterMap())
                == RegisterRequest(functionCode: 3, address: 0x0C83, count: 4))
        #expect(
            iem.billing.confirmation?.block.span.request(in: RegisterMap())
                == RegisterRequest(functionCode: 3, address: 0x0C83, count: 8))
        #expect(iem.link.line?.description == "19200 8E1")
        #expect(iem.trust == .community)
        #expect(sdm.summary == "eastron.sdm630.v2 counts in steps of 10000 mWh, trust vendor-doc, may sign")
        let coarse = try MeterProfile.load(path: Fixtures.root + "/Board/meters/gavazzi-em340.toml")
        #expect(coarse.summary == "gavazzi.em340 counts in steps of 100000 mWh, trust unverified, may not sign")
        #expect(!iem.fileBytes.isEmpty)
    }

    private static let good = """
        schema = "meter/1"
        id = "v.m"
        vendor = "V"
        model = "M"
        phases = 1
        source = ["table"]
        trust = "bench"
        [link]
        baud = 9600
        format = "8N1"
        unit = 1
        max_regs = 20
        turnaround_ms = 250
        gap_ms = 20
        [identity]
        serial = { fc = 3, addr = 10, type = "u32" }
        model = { fc = 3, addr = 20, type = "u16", expect = [7] }
        [[guard]]
        name = "f"
        read = { fc = 4, addr = 70, type = "f32" }
        range = [45, 65.0]
        [[block]]
        name = "e"
        fc = 4
        addr = 72
        count = 4
        field.import = { off = 0, type = "s64", unit = "Wh", resolution_mWh = 1000 }
        [[block]]
        name = "c"
        fc = 4
        addr = 70
        count = 6
        field.import = { off = 2, type = "s64", unit = "Wh", resolution_mWh = 1000 }
        field.f = { off = 0, type = "f32", unit = "Hz" }
        [[block]]
        name = "live"
        fc = 4
        addr = 0
        count = 12
        field.u = { off = 0, type = "u32", unit = "V", scale = { mul = 1, exp10 = -1 } }
        field.p = { off = 4, n = 1, type = "s32", order = "lsw", unit = "W", na = ["7fffffff"] }
        [quirks]
        resettable_over_bus = false
        bill_register = "e.import"
        confirm_register = "c.import"
        never_use = [86]
        may_sign = true
        jitters = ["live.u", "c.f"]
        """

    private func mistakes(_ text: String) -> [String] {
        do throws(ConfigurationError) {
            _ = try MeterProfile(bytes: Array(text.utf8), file: "m.toml")
            return []
        } catch {
            return error.mistakes.map(\.description)
        }
    }

    @Test func `the test's own profile is without a mistake`() {
        #expect(mistakes(Self.good) == [])
    }

    @Test(arguments: [
        (
            "\"meter/1\"", "\"meter/2\"",
            ["m.toml:1:10: schema: expected the string \"meter/1\", found the string \"meter/2\""]
        ),
        ("id = \"v.m\"\n", "", ["m.toml:1:1: id: expected a string of 1 to 32 bytes, found nothing"]),
        ("phases = 1", "phases = 2", ["m.toml:5:10: phases: expected one of 1, 3, found the integer 2"]),
        (
            "\"bench\"", "\"good\"",
            [
                "m.toml:7:9: trust: expected one of \"vendor-doc\", \"bench\", \"community\", \"unverified\", found the string \"good\""
            ]
        ),
        (
            "baud = 9600", "baud = 9601",
            [
                "m.toml:9:8: link.baud: expected one of 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, found the integer 9601"
            ]
        ),
        (
            "\"8N1\"", "\"7E1\"",
            [
                "m.toml:10:10: link.format: expected one of \"8N1\", \"8N2\", \"8E1\", \"8E2\", \"8O1\", \"8O2\", found the string \"7E1\""
            ]
        ),
        (
            "unit = 1\n", "unit = 248\n",
            ["m.toml:11:8: link.unit: expected an integer from 1 to 247, found the integer 248"]
        ),
        (
            "gap_ms = 20", "gap_ms = 20\nspeed = 3",
            [
                "m.toml:15:1: link.speed: expected one of baud, format, gap_ms, max_regs, refresh_ms, turnaround_ms, unit, found an unknown key"
            ]
        ),
        (
            "type = \"u32\" }", "type = \"f32\" }",
            ["m.toml:16:38: identity.serial.type: expected an integer type or \"text\", found the string \"f32\""]
        ),
        (
            "serial = { fc = 3, addr = 10, type = \"u32\" }", "serial = \"unknown\"",
            ["m.toml:16:10: identity.serial: expected a table or \"none\", found the string \"unknown\""]
        ),
        (
            "expect = [7]", "expect = [7, \"x\"]",
            [
                "m.toml:17:57: identity.model.expect[1]: expected one of the integers from 0 to 4294967295, found the string \"x\""
            ]
        ),
        (
            "range = [45, 65.0]", "range = [65, 45]",
            ["m.toml:21:9: guard[0].range: expected a lower and an upper bound, found 65.0 and 45.0"]
        ),
        ("range = [45, 65.0]", "", ["m.toml:18:3: guard[0].range: expected either range or expect, found neither"]),
        (
            "addr = 70, type = \"f32\"", "addr = 70, type = \"text\"",
            ["m.toml:20:36: guard[0].read.type: expected a type of numbers, found the string \"text\""]
        ),
        (
            "count = 4", "count = 6",
            [
                "m.toml:32:9: block[1].count: expected a pair of fc and count that no other block has, found fc 4 with count 6, as in block e",
                "m.toml:45:20: quirks.confirm_register: expected the registers of bill_register, read alike within a block of another shape, found the string \"c.import\"",
            ]
        ),
        (
            "count = 12", "count = 21",
            ["m.toml:39:9: block[2].count: expected at most link.max_regs = 20 registers in one request, found 21"]
        ),
        (
            "off = 4, n = 1", "off = 11, n = 1",
            ["m.toml:41:19: block[2].field.p.off: expected 2 registers within the block's 12, found registers 11 to 12"]
        ),
        (
            "off = 4, n = 1", "off = 4, n = 3",
            ["m.toml:41:26: block[2].field.p.n: expected one of 1, found the integer 3"]
        ),
        (
            "unit = \"V\"", "unit = \"Wh\"",
            ["m.toml:40:43: block[2].field.u.unit: expected one of \"mV\", \"V\", \"kV\", found the string \"Wh\""]
        ),
        (
            "exp10 = -1", "exp10 = -10",
            ["m.toml:40:75: block[2].field.u.scale.exp10: expected an integer from -9 to 9, found the integer -10"]
        ),
        (
            "7fffffff", "7FFFFFFF",
            ["m.toml:41:76: block[2].field.p.na[0]: expected 8 lower-case hex digits, found the string \"7FFFFFFF\""]
        ),
        (
            "field.p =", "field.q =",
            ["m.toml:41:7: block[2].field.q: expected one of export, f, i, import, p, p_total, u, found an unknown key"]
        ),
        (
            "off = 0, type = \"s64\", unit = \"Wh\", resolution_mWh = 1000", "off = 0, type = \"s64\", unit = \"Wh\"",
            [
                "m.toml:27:7: block[0].field.import.resolution_mWh: expected an integer from 1 to 1000000000, found nothing"
            ]
        ),
        (
            "addr = 0\n", "addr = 65530\n",
            ["m.toml:38:8: block[2].addr: expected 12 registers below 65536, found 65530"]
        ),
        (
            "name = \"live\"", "name = \"e\"",
            [
                "m.toml:36:8: block[2].name: expected a name that no other block has, found the string \"e\"",
                "m.toml:48:12: quirks.jitters[0]: expected \"BLOCK.u\" or \"BLOCK.f\" with a block that has this field, once, found the string \"live.u\"",
            ]
        ),
        (
            "\"e.import\"", "\"live.import\"",
            [
                "m.toml:44:17: quirks.bill_register: expected \"BLOCK.import\" with a block that has this field, found the string \"live.import\""
            ]
        ),
        (
            "off = 2, type = \"s64\"", "off = 1, type = \"s64\"",
            [
                "m.toml:45:20: quirks.confirm_register: expected the registers of bill_register, read alike within a block of another shape, found the string \"c.import\""
            ]
        ),
        (
            "off = 2, type = \"s64\", unit = \"Wh\"", "off = 2, type = \"s64\", unit = \"kWh\"",
            [
                "m.toml:45:20: quirks.confirm_register: expected the registers of bill_register, read alike within a block of another shape, found the string \"c.import\""
            ]
        ),
        (
            "\"c.import\"", "\"e.import\"",
            [
                "m.toml:45:20: quirks.confirm_register: expected the registers of bill_register, read alike within a block of another shape, found the string \"e.import\""
            ]
        ),
        (
            "never_use = [86]", "never_use = [75]",
            ["m.toml:44:17: quirks.bill_register: expected no register of never_use, found register 75"]
        ),
        (
            "serial = { fc = 3, addr = 10, type = \"u32\" }", "serial = { fc = 4, addr = 10, type = \"u64\" }",
            [
                "m.toml:16:10: identity.serial: expected a function code and count that no billing block has, found function code 4 with 4 registers"
            ]
        ),
        ("format = \"8N1\"\n", "", ["m.toml:8:2: link.format: expected a string of 1 to 255 bytes, found nothing"]),
        (
            "fc = 4\naddr = 72", "fc = 4\nfc_alt = 4\naddr = 72",
            [
                "m.toml:25:10: block[0].fc_alt: expected another function code than fc, found 4",
                "m.toml:46:20: quirks.confirm_register: expected the registers of bill_register, read alike within a block of another shape, found the string \"c.import\"",
            ]
        ),
        (
            "fc = 4\naddr = 72\ncount = 4", "fc = 3\nfc_alt = 4\naddr = 72\ncount = 6",
            [
                "m.toml:33:9: block[1].count: expected a pair of fc and count that no other block has, found fc 4 with count 6, as in block e",
                "m.toml:46:20: quirks.confirm_register: expected the registers of bill_register, read alike within a block of another shape, found the string \"c.import\"",
            ]
        ),
        (
            "addr = 0\n", "addr = 0\nsunspec = { models = [1], off = 0 }\n",
            ["m.toml:38:8: block[2].addr: expected either addr or sunspec, found both"]
        ),
        (
            "addr = 0\n", "sunspec = { models = [], off = 0 }\n",
            [
                "m.toml:38:22: block[2].sunspec.models: expected an array of 1 to 16 integers from 1 to 65534, found an empty array"
            ]
        ),
        (
            "unit = \"V\", scale", "unit = \"V\", sf = 3, scale",
            ["m.toml:40:64: block[2].field.u.scale: expected either scale or sf, found both"]
        ),
        (
            "unit = \"V\", scale = { mul = 1, exp10 = -1 }", "unit = \"V\", sf = 12",
            ["m.toml:40:53: block[2].field.u.sf: expected an integer from 0 to 11, found the integer 12"]
        ),
        (
            "\"c.f\"]", "\"c.u\"]",
            [
                "m.toml:48:22: quirks.jitters[1]: expected \"BLOCK.u\" or \"BLOCK.f\" with a block that has this field, once, found the string \"c.u\""
            ]
        ),
        (
            "\"c.f\"]", "\"c.import\"]",
            [
                "m.toml:48:22: quirks.jitters[1]: expected \"BLOCK.u\" or \"BLOCK.f\" with a block that has this field, once, found the string \"c.import\""
            ]
        ),
        (
            "\"c.f\"]", "\"live.u\"]",
            [
                "m.toml:48:22: quirks.jitters[1]: expected \"BLOCK.u\" or \"BLOCK.f\" with a block that has this field, once, found the string \"live.u\""
            ]
        ),
        (
            "\"c.f\"]", "\"live.p\"]",
            [
                "m.toml:48:22: quirks.jitters[1]: expected \"BLOCK.u\" or \"BLOCK.f\" with a block that has this field, once, found the string \"live.p\""
            ]
        ),
        (
            "fc = 4\naddr = 70\ncount = 6", "fc = 3\naddr = 70\ncount = 6",
            [
                "m.toml:45:20: quirks.confirm_register: expected the registers of bill_register, read alike within a block of another shape, found the string \"c.import\""
            ]
        ),
        (
            "[\"live.u\", \"c.f\"]", "[]\n# and the file trusts itself less",
            []
        ),
        (
            "trust = \"bench\"", "trust = \"unverified\"",
            ["m.toml:47:12: quirks.may_sign: expected false, or more trust: here nothing is left of it, found true"]
        ),
        (
            "off = 0, type = \"s64\", unit = \"Wh\", resolution_mWh = 1000",
            "off = 0, type = \"s64\", unit = \"Wh\", resolution_mWh = 10001",
            ["m.toml:47:12: quirks.may_sign: expected false, or a resolution of at most 10000 mWh, found true"]
        ),
        (
            "confirm_register = \"c.import\"\n", "",
            ["m.toml:46:12: quirks.may_sign: expected false, or a confirm_register, found true"]
        ),
    ]) func `each mistake is named with its place`(from: String, to: String, expected: [String]) throws {
        #expect(Self.good.contains(from))
        #expect(mistakes(Self.good.replacing(from, with: to, maxReplacements: 1)) == expected)
    }

    @Test func `one run reports all mistakes at once`() {
        var text = Self.good
        for (from, to) in [
            ("phases = 1", "phases = \"one\""), ("max_regs = 20", "max_regs = 0"),
            ("fc = 4\naddr = 72", "fc = 5\naddr = 72"),
            ("resettable_over_bus = false", "resettable = false"), ("trust = \"bench\"\n", ""),
        ] {
            text = text.replacing(from, with: to, maxReplacements: 1)
        }
        let found = mistakes(text)
        #expect(
            found.map { $0.split(separator: " ").prefix(2).joined(separator: " ") } == [
                "m.toml:1:1: trust:", "m.toml:5:10: phases:", "m.toml:11:12: link.max_regs:",
                "m.toml:23:6: block[0].fc:", "m.toml:41:2: quirks.resettable_over_bus:",
                "m.toml:42:1: quirks.resettable:",
            ])
    }

    @Test func `a meter that cannot tell its serial number says so`() throws {
        let text = Self.good.replacing("serial = { fc = 3, addr = 10, type = \"u32\" }", with: "serial = \"none\"")
        let profile = try MeterProfile(bytes: Array(text.utf8), file: "m.toml")
        #expect(profile.serial == nil)
        #expect(profile.trust == .community && profile.maySign)
        // Where nothing tells a frozen meter either, nothing is left that could sign.
        let frozen = text.replacing("[\"live.u\", \"c.f\"]", with: "[]")
        #expect(
            mistakes(frozen) == [
                "m.toml:47:12: quirks.may_sign: expected false, or more trust: here nothing is left of it, found true"
            ])
        let honest = try MeterProfile(
            bytes: Array(frozen.replacing("may_sign = true", with: "may_sign = false").utf8), file: "m.toml")
        #expect(honest.trust == .unverified && !honest.maySign)
    }

    @Test func `a SunSpec profile keeps the shape of the chain's walk free`() {
        let text = Self.good.replacing(
            "fc = 4\naddr = 72\ncount = 4", with: "fc = 3\nsunspec = { models = [213], off = 68 }\ncount = 2"
        )
        .replacing("off = 0, type = \"s64\"", with: "off = 0, type = \"u32\"")
        .replacing("fc = 4\naddr = 70", with: "fc = 3\nsunspec = { models = [213], off = 66 }")
        .replacing("off = 2, type = \"s64\"", with: "off = 2, type = \"u32\"")
        #expect(
            mistakes(text).contains {
                $0.hasSuffix(
                    "expected other counts than 2 with function code 3, which the SunSpec chain is read by, found both")
            })
    }

    @Test func `every truncation and every changed byte of a shipped profile is refused or read, and never traps`()
        throws
    {
        let bytes = try Fixtures.sdm630().fileBytes
        var generator = SeededGenerator(seed: 20_261_123)
        var refused = 0
        for length in stride(from: 0, to: bytes.count, by: 7) {
            if (try? MeterProfile(bytes: Array(bytes.prefix(length)), file: "m")) == nil { refused += 1 }
        }
        #expect(refused > 150)
        for _ in 0..<600 {
            var changed = bytes
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let index = Int.random(in: 0..<changed.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: changed[index] = UInt8.random(in: 0...255, using: &generator)
                case 1: changed.remove(at: index)
                default:
                    changed.insert(Array("[]{}=.,\"'#\n-19e".utf8).randomElement(using: &generator) ?? 0, at: index)
                }
            }
            _ = try? MeterProfile(bytes: changed, file: "m")
        }
    }
}
