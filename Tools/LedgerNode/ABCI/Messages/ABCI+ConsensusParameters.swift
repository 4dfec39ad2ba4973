internal import LightClient

extension ABCI {
    /// The rules of consensus, as the genesis file has them.
    struct ConsensusParameters: Equatable {
        /// What a block may hold.
        struct Block: Equatable {
            var maximumBytes: Int64 = 0
            var maximumGas: Int64 = 0
        }

        /// How long a validator answers for what it signed.
        struct Evidence: Equatable {
            var maximumAgeBlocks: Int64 = 0
            var maximumAge = Age()
            var maximumBytes: Int64 = 0
        }

        /// A duration.
        struct Age: Equatable {
            var seconds: Int64 = 0
            var nanoseconds: Int32 = 0
        }

        /// Which keys validators may have.
        struct ValidatorKinds: Equatable {
            var keyTypes: [String] = []
        }

        /// The application's version in the headers.
        struct Version: Equatable {
            var app: UInt64 = 0
        }

        /// From which height votes are extended; 0 for never.
        struct Extensions: Equatable {
            var enableHeight: Int64 = 0
        }

        var block: Block?
        var evidence: Evidence?
        var validator: ValidatorKinds?
        var version: Version?
        var extensions: Extensions?
    }
}

extension ABCI.ConsensusParameters: ProtobufMessage {
    static let protobufName = "ConsensusParams"

    init(from reader: inout ProtobufReader) throws(LightClientError) {
        self.init()
        while let field = try reader.next() {
            switch field.number {
            case 1: block = try field.message(Block.self)
            case 2: evidence = try field.message(Evidence.self)
            case 3: validator = try field.message(ValidatorKinds.self)
            case 4: version = try field.message(Version.self)
            case 5: extensions = try field.message(Extensions.self)
            default: continue
            }
        }
    }

    func write(to writer: inout ProtobufWriter) {
        if let block { writer.message(1, block) }
        if let evidence { writer.message(2, evidence) }
        if let validator { writer.message(3, validator) }
        if let version { writer.message(4, version) }
        if let extensions { writer.message(5, extensions) }
    }
}

extension ABCI.ConsensusParameters.Block: ProtobufMessage {
    static let protobufName = "BlockParams"

    init(from reader: inout ProtobufReader) throws(LightClientError) {
        self.init()
        while let field = try reader.next() {
            switch field.number {
            case 1: maximumBytes = try field.signed()
            case 2: maximumGas = try field.signed()
            default: continue
            }
        }
    }

    func write(to writer: inout ProtobufWriter) {
        writer.signed(1, maximumBytes)
        writer.signed(2, maximumGas)
    }
}

extension ABCI.ConsensusParameters.Evidence: ProtobufMessage {
    static let protobufName = "EvidenceParams"

    init(from reader: inout ProtobufReader) throws(LightClientError) {
        self.init()
        while let field = try reader.next() {
            switch field.number {
            case 1: maximumAgeBlocks = try field.signed()
            case 2: maximumAge = try field.message(ABCI.ConsensusParameters.Age.self)
            case 3: maximumBytes = try field.signed()
            default: continue
            }
        }
    }

    func write(to writer: inout ProtobufWriter) {
        writer.signed(1, maximumAgeBlocks)
        writer.message(2, maximumAge)
        writer.signed(3, maximumBytes)
    }
}

extension ABCI.ConsensusParameters.Age: ProtobufMessage {
    static let protobufName = "Duration"

    init(from reader: inout ProtobufReader) throws(LightClientError) {
        self.init()
        while let field = try reader.next() {
            switch field.number {
            case 1: seconds = try field.signed()
            case 2: nanoseconds = try field.signed32()
            default: continue
            }
        }
    }

    func write(to writer: inout ProtobufWriter) {
        writer.signed(1, seconds)
        writer.signed(2, Int64(nanoseconds))
    }
}

extension ABCI.ConsensusParameters.ValidatorKinds: ProtobufMessage {
    static let protobufName = "ValidatorParams"

    init(from reader: inout ProtobufReader) throws(LightClientError) {
        self.init()
        while let field = try reader.next() {
            if field.number == 1 { keyTypes.append(try field.string()) }
        }
    }

    func write(to writer: inout ProtobufWriter) {
        for type in keyTypes { writer.message(1, Array(type.utf8)) }
    }
}

extension ABCI.ConsensusParameters.Version: ProtobufMessage {
    static let protobufName = "VersionParams"

    init(from reader: inout ProtobufReader) throws(LightClientError) {
        self.init()
        while let field = try reader.next() {
            if field.number == 1 { app = try field.unsigned() }
        }
    }

    func write(to writer: inout ProtobufWriter) { writer.unsigned(1, app) }
}

extension ABCI.ConsensusParameters.Extensions: ProtobufMessage {
    static let protobufName = "ABCIParams"

    init(from reader: inout ProtobufReader) throws(LightClientError) {
        self.init()
        while let field = try reader.next() {
            if field.number == 1 { enableHeight = try field.signed() }
        }
    }

    func write(to writer: inout ProtobufWriter) { writer.signed(1, enableHeight) }
}
