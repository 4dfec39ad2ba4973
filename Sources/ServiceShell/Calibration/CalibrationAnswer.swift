public import Quantities

/// What scales the converter channels of each connector's board.
public struct CalibrationAnswer: Equatable, Sendable, Reportable {
    /// One connector's board.
    public struct Outlet: Equatable, Sendable {
        public var connector: UInt32
        /// The board profile's name, and its hash: a calibration belongs to it.
        public var board: String
        public var profile: [UInt8]
        public var channels: [Channel]
        /// Why there is no channel; nil where there is one.
        public var reason: String?

        public init(connector: UInt32, board: String, profile: [UInt8], channels: [Channel], reason: String? = nil) {
            self.connector = connector
            self.board = board
            self.profile = profile
            self.channels = channels
            self.reason = reason
        }
    }

    /// Two numbers, and where they come from.
    public struct Scale: Equatable, Sendable {
        /// What one count is, in microvolts at the terminal.
        public var microvoltsPerCount: Int64
        /// What 0 counts are.
        public var offset: Millivolts
        /// nil: the board profile.
        public var origin: Origin?

        public init(microvoltsPerCount: Int64, offset: Millivolts, origin: Origin? = nil) {
            self.microvoltsPerCount = microvoltsPerCount
            self.offset = offset
            self.origin = origin
        }
    }

    /// Who calibrated a channel, when, and against what.
    public struct Origin: Equatable, Sendable {
        /// What was measured: one value, or two.
        public var references: [Millivolts]
        /// What is left at the worse of them.
        public var residual: Millivolts
        /// Between the lowest and the highest sample.
        public var spread: Millivolts
        public var name: String
        /// The certificate's number; nil without one.
        public var serial: UInt64?
        /// The certificate's hash, as in the records.
        public var certificate: [UInt8]
        /// nil where the clock was not set.
        public var unixMilliseconds: Int64?

        public init(
            references: [Millivolts], residual: Millivolts, spread: Millivolts, name: String, serial: UInt64?,
            certificate: [UInt8], unixMilliseconds: Int64?
        ) {
            self.references = references
            self.residual = residual
            self.spread = spread
            self.name = name
            self.serial = serial
            self.certificate = certificate
            self.unixMilliseconds = unixMilliseconds
        }

        /// The residual as a share of the greatest reference, without a sign; nil without a reference.
        var residualShare: BasisPoints? {
            guard let most = references.map(\.rawValue.magnitude).max(), most > 0 else { return nil }
            let scaled = UInt64(residual.rawValue.magnitude) * 10_000
            return BasisPoints(.init(clamping: (scaled + UInt64(most) / 2) / UInt64(most)))
        }
    }

    /// One channel.
    public struct Channel: Equatable, Sendable {
        public var name: String
        /// In force since the firmware's start.
        public var current: Scale
        /// In force from its next start; nil where that is the same.
        public var next: Scale?
        /// Why a calibration that is stored is not used; nil where none is left out.
        public var unused: String?

        public init(name: String, current: Scale, next: Scale? = nil, unused: String? = nil) {
            self.name = name
            self.current = current
            self.next = next
            self.unused = unused
        }
    }

    public var outlets: [Outlet]
    /// What is wrong with what is stored; nil where it is whole.
    public var problem: String?

    public init(outlets: [Outlet], problem: String? = nil) {
        self.outlets = outlets
        self.problem = problem
    }

    var report: Report {
        var report = Report()
        report.add("stored", .text(problem ?? "whole"))
        report.add(
            "connectors",
            .rows(
                outlets.map { outlet in
                    var row = Report()
                    row.add("connector", .count(UInt64(outlet.connector)))
                    row.add("board", .text(outlet.board))
                    row.add("board profile", .bytes(outlet.profile))
                    if let reason = outlet.reason { row.add("no channel", .text(reason)) }
                    row.add("channels", .rows(outlet.channels.map(\.report)))
                    return row
                }))
        return report
    }
}

extension CalibrationAnswer.Channel: Reportable {
    var report: Report {
        var report = Report()
        report.add("channel", .text(name))
        current.add(to: &report)
        report.add("not used", unused.map { .text($0) } ?? .nothing)
        var pending = Report()
        next?.add(to: &pending)
        report.add("from next start", .rows(next == nil ? [] : [pending]))
        return report
    }
}

extension CalibrationAnswer.Scale {
    /// Its numbers and where they come from, as fields of a report.
    func add(to report: inout Report) {
        report.add("gain", .microvoltsPerCount(microvoltsPerCount))
        report.add("offset", .millivolts(offset))
        report.add("source", .text(origin == nil ? "board profile" : "calibrated"))
        guard let origin else { return }
        report.add("references", .voltages(origin.references))
        report.add("residual", .millivolts(origin.residual))
        report.add("share", .basisPoints(origin.residualShare))
        report.add("spread", .millivolts(origin.spread))
        report.add("by", .text(origin.name))
        report.add("certificate", origin.serial.map { .count($0) } ?? .nothing)
        report.add("hash", .bytes(origin.certificate))
        report.add("at", .time(unixMilliseconds: origin.unixMilliseconds))
    }
}
