import Quantities
import Receipts
import SignedRecords

// Integers throughout: a coordinate is in tenths of a point of the drawing.

/// The energy over the time of a session, as SVG: a step for each signed record, pauses shaded, what is not known of the time
/// dashed.
struct EnergyCurve {
    private static let width: Int64 = 6_400
    private static let height: Int64 = 1_800
    private static let left: Int64 = 520
    private static let right: Int64 = 200
    private static let top: Int64 = 200
    private static let bottom: Int64 = 300

    private let points: [SessionTimeline.Point]
    /// Milliseconds since begin of each point, made up where `isKnown` is false.
    private let moments: [UInt64]
    private let isKnown: [Bool]
    private let duration: UInt64
    private let energy: Int64

    init(_ report: ReceiptReport) {
        points = report.timeline.points
        var moments: [UInt64] = []
        var isKnown: [Bool] = []
        let longest = points.compactMap(\.elapsed).max() ?? 0
        for point in points {
            // A point of unknown time stands behind the last one, a tenth of the known time further on.
            let last = moments.last ?? 0
            let elapsed = point.elapsed.flatMap { $0 >= last ? $0 : nil }
            moments.append(elapsed ?? last + max(longest / 10, 1_000))
            isKnown.append(elapsed != nil)
        }
        self.moments = moments
        self.isKnown = isKnown
        duration = max(moments.last ?? 0, 1_000)
        energy = max(points.last?.energy.rawValue ?? 0, 1_000)
    }

    /// The drawing; its labels are numbers and words of this file alone.
    func svg() -> String {
        var parts = [
            "<svg class=\"curve\" viewBox=\"0 0 640 180\" role=\"img\" aria-label=\"Energy over time\" "
                + "font-family=\"Helvetica, Arial, sans-serif\" font-size=\"8.5\" fill=\"#333\" stroke-linejoin=\"round\" "
                + "stroke-linecap=\"round\">"
        ]
        parts += pauses() + grid() + lines() + marks()
        parts.append("</svg>")
        return parts.joined(separator: "\n")
    }

    // MARK: Places

    private func x(_ moment: UInt64) -> Int64 {
        let span = Self.width - Self.left - Self.right
        // The duration is at most 2^64 ms: divide first where the product would not fit.
        let (product, overflow) = moment.multipliedReportingOverflow(by: UInt64(span))
        let offset = overflow ? moment / max(duration / UInt64(span), 1) : product / duration
        return Self.left + Int64(min(offset, UInt64(span)))
    }

    private func y(_ energy: MilliwattHours) -> Int64 {
        let span = Self.height - Self.top - Self.bottom
        let top = gridTop
        let (product, overflow) = energy.rawValue.multipliedReportingOverflow(by: span)
        let offset = overflow ? energy.rawValue / max(top / span, 1) : product / top
        return Self.height - Self.bottom - min(max(offset, 0), span)
    }

    private static func text(_ tenths: Int64) -> String { "\(tenths / 10).\(tenths % 10)" }
    private func place(_ index: Int) -> String {
        "\(Self.text(x(moments[index]))) \(Self.text(y(points[index].energy)))"
    }

    // MARK: Parts

    private func pauses() -> [String] {
        var parts: [String] = []
        var start: Int?
        for (index, point) in points.enumerated() {
            switch point.event {
            case .pause: start = start ?? index
            case .resume, .end:
                guard let from = start else { continue }
                let width = max(x(moments[index]) - x(moments[from]), 10)
                parts.append(
                    "<rect class=\"pause\" fill=\"#e4e4e4\" x=\"\(Self.text(x(moments[from])))\" y=\"\(Self.text(Self.top))\" "
                        + "width=\"\(Self.text(width))\" height=\"\(Self.text(Self.height - Self.top - Self.bottom))\"/>"
                )
                start = nil
            default: break
            }
        }
        return parts
    }

    /// The step of the vertical scale: 1, 2 or 5 times a power of ten, at most five of them.
    private var gridStep: Int64 {
        var step: Int64 = 1_000
        while true {
            for factor in [1, 2, 5] as [Int64] {
                let (candidate, overflow) = step.multipliedReportingOverflow(by: factor)
                if overflow || energy / candidate < 5 { return overflow ? energy : candidate }
            }
            let (next, overflow) = step.multipliedReportingOverflow(by: 10)
            if overflow { return energy }
            step = next
        }
    }

    /// The energy at the top of the scale.
    private var gridTop: Int64 {
        let steps = energy / gridStep + (energy % gridStep == 0 ? 0 : 1)
        let (top, overflow) = steps.multipliedReportingOverflow(by: gridStep)
        return overflow ? energy : top
    }

    private func grid() -> [String] {
        var parts: [String] = []
        var level: Int64 = 0
        while level <= gridTop {
            let place = Self.text(y(MilliwattHours(level)))
            parts.append(
                "<line stroke=\"#bbb\" stroke-width=\"0.5\" x1=\"\(Self.text(Self.left))\" x2=\"\(Self.text(Self.width - Self.right))\" "
                    + "y1=\"\(place)\" y2=\"\(place)\"/>")
            let label = ReceiptReport.decimal(level, places: 6, atLeast: 0)
            let baseline = Self.text(y(MilliwattHours(level)) + 35)
            parts.append("<text x=\"46\" y=\"\(baseline)\" text-anchor=\"end\">\(label)</text>")
            let (next, overflow) = level.addingReportingOverflow(gridStep)
            if overflow { break }
            level = next
        }
        parts.append("<text x=\"46\" y=\"11\" text-anchor=\"end\">kWh</text>")
        for quarter in 0...4 as ClosedRange<UInt64> {
            let moment = duration / 4 * quarter
            let isSure = isKnown.allSatisfy { $0 }
            let label = quarter == 0 ? "begin" : (isSure ? "" : "≈ ") + ReceiptWords.duration(moment)
            let anchor = quarter == 0 ? "start" : quarter == 4 ? "end" : "middle"
            parts.append(
                "<text x=\"\(Self.text(x(moment)))\" y=\"168\" text-anchor=\"\(anchor)\">\(label)</text>"
            )
        }
        return parts
    }

    private func lines() -> [String] {
        var parts: [String] = []
        for index in points.indices.dropFirst() {
            let from = index - 1
            let dashes = isKnown[index] ? "" : " stroke-dasharray=\"1 4\""
            let style = "<path class=\"line\" fill=\"none\" stroke=\"#000\" stroke-width=\"1.6\"\(dashes)"
            if case .pause = points[from].event {
                // Nothing flows in a pause: the line stays level until the next record.
                let corner = "\(Self.text(x(moments[index]))) \(Self.text(y(points[from].energy)))"
                parts.append("\(style) d=\"M\(place(from))L\(corner)L\(place(index))\"/>")
            } else {
                parts.append("\(style) d=\"M\(place(from))L\(place(index))\"/>")
            }
        }
        return parts
    }

    private func marks() -> [String] {
        // A mark for each record, as long as they can be told apart.
        let isCrowded = points.count > 120
        return points.indices.compactMap { index in
            let (cx, cy) = (Self.text(x(moments[index])), Self.text(y(points[index].energy)))
            switch points[index].event {
            case .begin, .end: return "<circle fill=\"#000\" cx=\"\(cx)\" cy=\"\(cy)\" r=\"3.2\"/>"
            case .tick: return isCrowded ? nil : "<circle fill=\"#000\" cx=\"\(cx)\" cy=\"\(cy)\" r=\"1.8\"/>"
            case .gap, .rollover, .reset, .faultLatched:
                let at = (x(moments[index]), y(points[index].energy))
                return
                    "<path fill=\"none\" stroke=\"#000\" stroke-width=\"1.2\" d=\"M\(Self.text(at.0 - 30)) \(Self.text(at.1 - 30))l6 6m0 -6l-6 6\"/>"
            case .pause, .resume, .faultCleared: return nil
            }
        }
    }
}
