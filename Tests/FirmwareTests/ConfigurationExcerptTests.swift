import Foundation
import Testing

@testable import Firmware

@Suite("What of a configuration may leave the device")
struct ConfigurationExcerptTests {
    @Test("what is not listed loses its value, and keeps its name")
    func removed() {
        let marker = "SECRET-4711"
        let paths = [
            "ledger.rpc", "ledger.witnesses[0]", "ledger.client_key", "ledger.client_certificate", "keys.pin_file",
            "keys.wrap_secret", "keys.tcti", "keys.token_label", "keys.module", "keys.authority", "keys.directory",
            "keys.user", "keys.signer", "device.owner", "home", "reader[0].device", "reader.socket", "status.socket",
            "control.socket", "shell.device", "board.plant_socket", "meter.tcp.host", "connector[1].meter.tcp.host",
            "offline.payers[0]", "offline.keys.limits.secret", "a.later.key", "limits_token", "xlimits.a",
            "ledger.limits.token", "connector[0].password", "connector[0].board.profile",
        ]
        let lines = ConfigurationExcerpt.lines(of: paths.map { "\($0) = \"\(marker)\"" } + ["no path \(marker)"])
        #expect(lines.count == paths.count + 1)
        for (path, line) in zip(paths, lines) { #expect(line == "\(path) = (removed)") }
        #expect(lines.last == "(removed)")
    }

    @Test("what helps is there, in both forms of the file")
    func kept() {
        for path in [
            "schema", "device.serial", "ledger.chain_id", "keys.pcrs[3]", "limits.owner_ma", "limits.grid.fail_safe_ma",
            "limits.schedule.window[2].hours", "connector[1].limits.owner_ma", "connector[0].charging.wake_up",
            "connector.charging.wake_up", "meter.unit", "connector[7].meter.poll_ms", "meter.rtu.device",
            "connector[0].meter.rtu.baud", "connector.maximum_current_ma", "connector[0].maximum_current_ma",
            "connector[0].mains_phases", "mains.fuse_ma", "mains.tcp.port", "reader[1].connector", "reader.baud",
        ] {
            #expect(ConfigurationExcerpt.lines(of: ["\(path) = 1"]) == ["\(path) = 1"], "\(path)")
        }
    }
}
