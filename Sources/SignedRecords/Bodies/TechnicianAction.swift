/// A technician did something that counts: flashed, overrode, reset a weld, swapped a meter, cleared a fault.
public struct TechnicianAction: Hashable, Sendable {
    /// SHA-256 of the certificate that authorised it.
    public var technician: ContentHash
    /// The action's name in the shell, up to 32 bytes.
    public var action: String
    /// What it was done to and with what values, up to 128 bytes.
    public var subject: String
    public var succeeded: Bool
    /// What the shell knows of it; nil in records of firmware that had no logins.
    public var shell: ShellAct?

    public init(
        technician: ContentHash, action: String, subject: String, succeeded: Bool, shell: ShellAct? = nil
    ) {
        self.technician = technician
        self.action = action
        self.subject = subject
        self.succeeded = succeeded
        self.shell = shell
    }
}

extension TechnicianAction: RecordPart {
    var fields: [RecordField] {
        var fields = [
            RecordField(1, "technician", .bytes(technician.bytes)),
            RecordField(2, "action", .text(action)),
            RecordField(3, "subject", .text(subject)),
            RecordField(4, "succeeded", .bool(succeeded)),
        ]
        if let shell { fields.append(RecordField(5, "shell", .part(shell))) }
        return fields
    }

    init(reading fields: inout CBORFields) throws(CBORError) {
        technician = try fields.identifier(1, "technician", ContentHash.self)
        action = try fields.text(2, "action", maximum: 32)
        subject = try fields.text(3, "subject", maximum: 128)
        succeeded = try fields.bool(4, "succeeded")
        shell = try fields.optionalPart(5, "shell", ShellAct.self)
        if let shell, succeeded != (shell.outcome == .done) {
            let problem = FieldFault.outOfRange(expected: "true exactly when the outcome is done", found: "otherwise")
            throw .field(path: "\(fields.path).succeeded", problem: problem)
        }
    }
}
