extension ReceiptPage {
    /// The page's look: one column, hairlines, numbers of one width, nothing that needs colour.
    static let style = """
        @page { margin: 12mm 15mm; }
        * { box-sizing: border-box; }
        html { background: #fff; color: #000; }
        body { margin: 0; font: 9pt/1.35 "Helvetica Neue", Helvetica, Arial, "Liberation Sans", sans-serif;
          font-variant-numeric: tabular-nums; }
        main { max-width: 180mm; margin: 0 auto; }
        header { display: flex; justify-content: space-between; align-items: flex-start;
          border-bottom: 0.6pt solid #000; padding-bottom: 3mm; }
        header div { flex: 1 1 0; min-width: 0; }
        h1 { font-size: 10pt; font-weight: 600; letter-spacing: 0.08em; text-transform: uppercase; margin: 1mm 0 4mm; }
        h2 { font-size: 8pt; font-weight: 600; letter-spacing: 0.08em; text-transform: uppercase; margin: 4mm 0 1.5mm; }
        p { margin: 0; overflow-wrap: anywhere; }
        .sum { font-size: 15pt; line-height: 1.25; margin-bottom: 2mm; }
        .sum b { font-size: 22pt; font-weight: 600; }
        .sep { display: inline-block; width: 4mm; }
        .quiet { color: #333; }
        .code { flex: none; width: 32mm; height: 32mm; margin: -2mm -2mm 0 6mm; }
        .warning { border: 1pt solid #000; font-weight: 600; margin-top: 2mm; padding: 1mm 2mm; }
        table { border-collapse: collapse; margin-top: 2mm; width: 100%; }
        th { font-weight: 400; color: #444; text-align: left; vertical-align: top; width: 24mm; padding: 0.35mm 4mm 0.35mm 0;
          white-space: nowrap; }
        td { padding: 0.35mm 0; overflow-wrap: anywhere; vertical-align: top; }
        .curve { display: block; width: 100%; height: auto; }
        .notes { margin: 0; padding: 0; list-style: none; color: #333; overflow-wrap: anywhere; }
        .notes li { display: inline; }
        .notes li + li::before { content: " · "; }
        .checked { border-top: 0.6pt solid #000; margin-top: 3mm; font-size: 8pt; }
        .checked p { text-align: justify; }
        @media screen { main { padding: 10mm 6mm; } }
        """
}
