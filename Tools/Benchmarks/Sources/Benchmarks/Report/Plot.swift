/// SVG drawings that need nothing but a viewer: ratios beside their aims, and what grows with a size.
enum Plot {
    /// Every figure with an aim for a ratio or a rate: its spread, its median, and where the aim is. All are drawn as ratios, by
    /// their logarithm, so that what meets its aim is on one side of it.
    static func ratios(_ figures: [Figure]) -> String {
        let shown = figures.filter { !bound($0).isEmpty }.compactMap { figure in figure.ratio.map { (figure, $0) } }
        let (left, right, step) = (240.0, 700.0, 24.0)
        let bounds = shown.flatMap { [$0.1.least, $0.1.most] + bound($0.0).map { [$0] }.flatMap(\.self) }
        let scale = Scale(bounds, from: left, to: right)
        var body = scale.ticks.map { tick in
            line(scale.place(tick), 30, scale.place(tick), 40 + step * Double(shown.count), "#ddd")
                + text(scale.place(tick), 22, "\(Number.text(tick)) x", "middle")
        }
        for (place, (figure, ratio)) in shown.enumerated() {
            let y = 52 + step * Double(place)
            body.append(text(left - 12, y + 4, figure.name, "end"))
            body.append(line(scale.place(ratio.least), y, scale.place(ratio.most), y, "#3465a4", width: 3))
            body.append(circle(scale.place(ratio.median), y))
            for bound in bound(figure) {
                body.append(line(scale.place(bound), y - 8, scale.place(bound), y + 8, "#c00", width: 2))
            }
        }
        let height = 76 + step * Double(shown.count)
        let words =
            "median and spread of subject / baseline; red: the aim, a rate's as 1 / rate; met where the median is left of it"
        body.append(text(12, height - 8, words, "start"))
        return document(width: 740, height: height, body)
    }

    /// A figure's curve and its baseline's, both by their logarithms.
    static func curve(_ figure: Figure, _ curve: Figure.Curve) -> String {
        let points = curve.points
        let (left, right, top, bottom) = (90.0, 560.0, 20.0, 300.0)
        let across = Scale(points.map(\.size), from: left, to: right)
        let upward = Scale(points.flatMap { [$0.subject, $0.baseline] }, from: bottom, to: top)
        var body = across.ticks.map { tick in
            line(across.place(tick), top, across.place(tick), bottom, "#ddd")
                + text(across.place(tick), bottom + 16, Number.text(tick), "middle")
        }
        body += upward.ticks.map { tick in
            line(left, upward.place(tick), right, upward.place(tick), "#ddd")
                + text(left - 8, upward.place(tick) + 4, figure.unit.text(tick), "end")
        }
        func path(_ value: (Figure.Point) -> Double, _ colour: String) -> String {
            let places = points.map { "\(Number.text(across.place($0.size))),\(Number.text(upward.place(value($0))))" }
            return
                "<polyline fill=\"none\" stroke=\"\(colour)\" stroke-width=\"2\" points=\"\(places.joined(separator: " "))\"/>\n"
        }
        body += [path(\.subject, "#3465a4"), path(\.baseline, "#888")]
        for (line, words) in [
            "by \(curve.size)", "blue: \(figure.name)", "grey: \(curve.baselineName)",
        ].enumerated() {
            body.append(text(12, bottom + 36 + 16 * Double(line), words, "start"))
        }
        return document(width: 600, height: bottom + 80, body)
    }

    private static func bound(_ figure: Figure) -> [Double] {
        figure.aims.compactMap(bound)
    }

    private static func bound(_ aim: Aim) -> Double? {
        switch aim {
        case .ratio(let bound): bound
        case .rate(let bound): 1 / bound
        case .either(let one, let other): bound(one) ?? bound(other)
        case .subject, .count: nil
        }
    }

    private static func document(width: Double, height: Double, _ body: [String]) -> String {
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(Number.text(width)) \(Number.text(height))\" "
            + "width=\"\(Number.text(width))\" height=\"\(Number.text(height))\" font-family=\"sans-serif\" font-size=\"12\">\n"
            + "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n" + body.joined() + "</svg>\n"
    }

    private static func line(
        _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ colour: String, width: Int = 1
    ) -> String {
        "<line x1=\"\(Number.text(x1))\" y1=\"\(Number.text(y1))\" x2=\"\(Number.text(x2))\" y2=\"\(Number.text(y2))\" "
            + "stroke=\"\(colour)\" stroke-width=\"\(width)\"/>\n"
    }

    private static func circle(_ x: Double, _ y: Double) -> String {
        "<circle cx=\"\(Number.text(x))\" cy=\"\(Number.text(y))\" r=\"4\" fill=\"#204a87\"/>\n"
    }

    private static func text(_ x: Double, _ y: Double, _ words: String, _ anchor: String) -> String {
        let safe = words.map { ["<": "&lt;", "&": "&amp;", ">": "&gt;"][$0] ?? String($0) }.joined()
        return "<text x=\"\(Number.text(x))\" y=\"\(Number.text(y))\" text-anchor=\"\(anchor)\">\(safe)</text>\n"
    }
}
