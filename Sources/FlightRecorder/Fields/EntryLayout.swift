import ChargeControl
import Quantities

/// Where the words of an entry stand. Computed from the field functions themselves.
public struct EntryLayout: Sendable, BitwiseCopyable {
    /// The words of the input; those of the output follow.
    public let inputWords: Int
    /// The words of input and output.
    public let words: Int
    /// The word that says how many records the output asks for: the last.
    var intentCount: Int { words - 1 }
    /// Changes with every field's name and place, with every row of the fault table and with the number of phases, reasons
    /// and sources: two firmwares with the same checksum mean the same by the same words.
    public let checksum: UInt32

    /// The layout of this firmware.
    public init() {
        var coder = FieldCoder.collecting
        Self.walkInput(&coder)
        inputWords = coder.position
        Self.walkOutput(&coder)
        words = coder.position
        var checksum = CRC32C()
        for position in 0..<words + FieldCoder.intentWords {
            if let name = Self.find(position) { checksum.add(name) }
        }
        for row in FaultCode.allCases { checksum.add(UInt64(row.rawValue)) }
        for cases in [
            PilotLevel.allCases.count, SessionPhase.allCases.count, StopReason.allCases.count,
            LimitSource.allCases.count, LimitReason.allCases.count, ServiceBar.allCases.count,
            ServiceActivity.allCases.count,
        ] { checksum.add(UInt64(cases)) }
        self.checksum = checksum.value
    }

    /// The name of a word; behind the last that of a record intent's word.
    public func name(ofWord position: Int) -> FieldName? { Self.find(position) }

    /// The name of a word of record intent `element`.
    func name(ofIntentWord position: Int, element: Int32) -> FieldName? {
        guard let name = Self.find(words + position) else { return nil }
        return FieldName(structure: name.structure, element: element, field: name.field)
    }

    private static func find(_ position: Int) -> FieldName? {
        var coder = FieldCoder.naming(position)
        walkInput(&coder)
        walkOutput(&coder)
        coder.note(IntentFields(), -1)
        return coder.found
    }

    private static func walkInput(_ coder: inout FieldCoder) {
        var input = ControlInput()
        coder.code(&input, at: MonotonicInstant(nanoseconds: 0))
    }

    /// Any output has every field; only a controller can make one.
    private static func walkOutput(_ coder: inout FieldCoder) {
        do throws(ChargeControlError) {
            let configuration = try ControlConfiguration(
                maximumCurrent: DutyCode.minimum, phases: 1, cable: .socket, meterPollPeriod: .seconds(1))
            var controller = ChargeController(configuration)
            coder.note(controller.step(ControlInput(), at: MonotonicInstant(nanoseconds: 0)))
        } catch {
            invariantBroken("a charger of 6 A is a valid configuration")
        }
    }
}
