extension StatusReport {
    /// The report for whoever is not the device's owner: why a card or a voucher was refused may name it.
    var withoutPayers: StatusReport {
        var report = self
        for index in (report.readers ?? []).indices where report.readers?[index].refusal.isEmpty == false {
            report.readers?[index].refusal = "told to the owner"
        }
        return report
    }
}
