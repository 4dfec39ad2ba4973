extension Conformance {
    /// The texts of the table that ships in this program, in the order of the report.
    public static var shipped: [TableText] {
        [
            TableText(name: "situations.txt", bytes: PackageResources.situations_txt),
            TableText(name: "transitions.txt", bytes: PackageResources.transitions_txt),
            TableText(name: "timing.txt", bytes: PackageResources.timing_txt),
            TableText(name: "sessions.txt", bytes: PackageResources.sessions_txt),
            TableText(name: "faults.txt", bytes: PackageResources.faults_txt),
            TableText(name: "glitches.txt", bytes: PackageResources.glitches_txt),
        ]
    }
}
