import Testing

@testable import StatusPage

@Suite("Metrics as text")
struct OpenMetricsTests {
    @Test("integers keep every digit in base units")
    func values() {
        #expect("\(MetricValue.milli(16_250))" == "16.250")
        #expect("\(MetricValue.milli(-5))" == "-0.005")
        #expect("\(MetricValue.micro(1))" == "0.000001")
        #expect("\(MetricValue.micro(1 << 20))" == "1.048576")
        #expect("\(MetricValue.joules(milliwattHours: 5_294_189))" == "19059080.4")
        #expect("\(MetricValue.joules(milliwattHours: .max))" == "922337203685477580.7")
        #expect("\(MetricValue.whole(UInt64.max))" == "9223372036854775807")
        #expect("\(MetricValue.whole(Int64.min))" == "-9223372036854775808")
        #expect("\(MetricValue.flag(true))" == "1")
    }

    @Test("families in order, units at the names, nothing for what is unknown, and an end")
    func text() {
        var power = MetricFamily("w_power", .gauge, unit: "watts", help: "Power.")
        power.add(.milli(1), ("meter", "1"))
        power.add(nil, ("meter", "2"))
        var requests = MetricFamily("w_requests", .counter, help: "Requests.")
        requests.add(.whole(3))
        var info = MetricFamily("w_device", .info, help: "Who.")
        info.add(.whole(1), ("serial", "a\"b\\c\nd\te"))
        let unknown = MetricFamily("w_unknown", .gauge, help: "Nothing.")
        #expect(
            OpenMetricsText.render([power, unknown, requests, info]) == """
                # TYPE w_power_watts gauge
                # UNIT w_power_watts watts
                # HELP w_power_watts Power.
                w_power_watts{meter="1"} 0.001
                # TYPE w_requests counter
                # HELP w_requests Requests.
                w_requests_total 3
                # TYPE w_device info
                # HELP w_device Who.
                w_device_info{serial="a\\"b\\\\c\\nd e"} 1
                # EOF

                """)
    }
}
