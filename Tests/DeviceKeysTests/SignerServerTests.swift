import Foundation
import PacketSockets
import RecordSamples
import SignedRecords
import Testing

@testable import DeviceKeys

/// A real server and real clients over real sockets.
struct SignerServerTests {
    private let ledger: LedgerChainID

    init() throws { ledger = try LedgerChainID("wattseal-test") }

    private func record(
        _ sequence: UInt64, of device: DeviceID, behind previous: RecordHash = .zero, code: UInt16 = 1
    ) -> Record {
        Record(
            device: device, chain: .connector(1), sequence: sequence, previous: previous, keyEpoch: 1,
            time: SampleDevice.time(sequence), body: .event(.faultLatched(FaultLatched(code: code))))
    }

    private func deadline(_ seconds: Int64 = 5) -> Int64 { Monotonic.nanoseconds() + seconds * 1_000_000_000 }

    @Test func everyOperationOverTheSocket() throws {
        let running = try RunningSigner()
        defer { running.remove() }
        let client = try SignerClient(.socket(path: running.path))
        let device = running.signer.publicKeys.deviceID
        #expect(client.publicKeys == running.signer.publicKeys)
        #expect(client.epoch == 1 && client.protection == "software" && client.madeKeys)
        let first = try client.sign(record(1, of: device), ledger: ledger, durableHead: 0)
        #expect(try client.sign(record(1, of: device), ledger: ledger, durableHead: 0) == first)
        #expect(try client.pending(chain: .connector(1)) == [first])
        #expect(client.publicKeys.isValidCrossSignature(try client.crossSignature()))
        #expect(try client.signOCMF(payload: Array("{}".utf8)).count == 64)
        let change = try client.prepareKeyChange(device: device, sequence: 2, previous: .zero)
        try client.activate(epoch: 2)
        #expect(client.epoch == 2)
        #expect(client.publicKeys == change.publicKeys)
        try client.discardRetiredKeys()
        let proof = try client.provePossession(product: "Box", serial: "1", nonce: [UInt8](1...16))
        #expect(proof.count == 64)
        try client.destroyKeys()
        #expect(throws: KeyStoreError.keysDestroyed) { try client.crossSignature() }
    }

    @Test func refusalsKeepTheirCase() throws {
        let running = try RunningSigner()
        defer { running.remove() }
        let client = try SignerClient(.socket(path: running.path))
        let device = running.signer.publicKeys.deviceID
        let chain = ChainNumber.connector(1)
        let first = try client.sign(record(1, of: device), ledger: ledger, durableHead: 0)
        #expect(throws: KeyStoreError.conflicting(chain: chain, sequence: 1)) {
            try client.sign(record(1, of: device, code: 2), ledger: ledger, durableHead: 0)
        }
        #expect(throws: KeyStoreError.alreadyDurable(chain: chain, sequence: 1, durableHead: 1)) {
            try client.sign(record(1, of: device), ledger: ledger, durableHead: 1)
        }
        #expect(throws: KeyStoreError.skipped(chain: chain, expected: 2, found: 3)) {
            try client.sign(record(3, of: device, behind: first.hash), ledger: ledger, durableHead: 1)
        }
        #expect(throws: KeyStoreError.noSuchEpoch(2)) { try client.activate(epoch: 2) }
        // A record that no decoder takes is refused in the record's own words, as without a socket.
        var unreadable = record(2, of: device, behind: first.hash)
        unreadable.time.utc = UTCMilliseconds(-1)
        #expect {
            _ = try client.sign(unreadable, ledger: ledger, durableHead: 1)
        } throws: { error in
            if case .invalidRecord = error as? KeyStoreError { true } else { false }
        }
        #expect(throws: KeyStoreError.notOCMF) { try client.signOCMF(payload: Array("{ }x".utf8)) }
        // The connection has survived all of it.
        _ = try client.sign(record(2, of: device, behind: first.hash), ledger: ledger, durableHead: 1)
    }

    /// One client has records signed; the others may look, until it is gone.
    @Test func oneRecorderAtATime() throws {
        let running = try RunningSigner()
        defer { running.remove() }
        let other = try SignerClient(.socket(path: running.path), patience: .milliseconds(300))
        try recordElsewhere(running, other)
        // The recorder is gone.
        #expect(try other.pending(chain: .connector(1)).count == 1)
    }

    /// While a first client has records signed, `other` may look and no more.
    private func recordElsewhere(_ running: RunningSigner, _ other: SignerClient) throws {
        let device = running.signer.publicKeys.deviceID
        let daemon = try SignerClient(.socket(path: running.path))
        _ = try daemon.sign(record(1, of: device), ledger: ledger, durableHead: 0)
        #expect(other.publicKeys == running.signer.publicKeys)
        #expect(try other.provePossession(product: "", serial: "", nonce: [UInt8](1...16)).count == 64)
        #expect(throws: KeyStoreError.signerTaken) { try other.pending(chain: .connector(1)) }
        #expect(throws: KeyStoreError.signerTaken) { try other.destroyKeys() }
        // Many who look replace each other, never the recorder.
        for _ in 0..<6 { _ = try SignerClient(.socket(path: running.path)) }
        #expect(try daemon.pending(chain: .connector(1)).count == 1)
    }

    @Test func whatIsNoRequestEndsTheConnection() throws {
        let running = try RunningSigner()
        defer { running.remove() }
        for packet in [
            [UInt8](repeating: 0, count: SignerWire.maximumRequestBytes + 1), [0xFF],
            SignerRequest.hello.encode(number: 1) + [0],
        ] {
            let socket = try PacketSocket(connectingTo: running.path)
            try socket.send(packet, before: deadline())
            #expect(throws: PacketSocket.Fault.closed) {
                while true {
                    let reply = try socket.receive(maximum: SignerWire.maximumReplyBytes, before: deadline())
                    let (number, refused) = try SignerReply.decode(reply)
                    #expect(number == 0)
                    guard case .refused = refused else { throw PacketSocket.Fault.late }
                }
            }
        }
        #expect(running.log.contains { $0.contains("a packet of 8705 bytes") }, "\(running.log)")
        #expect(try SignerClient(.socket(path: running.path)).epoch == 1)
    }

    /// A daemon that asks for more than any charger needs waits, and gets its answer all the same.
    @Test func theRateLimitHoldsUpAndEndsNothing() throws {
        let running = try RunningSigner()
        defer { running.remove() }
        let client = try SignerClient(.socket(path: running.path))
        let began = Monotonic.nanoseconds()
        for _ in 0..<(RequestRate.capacity + 20) { _ = try client.crossSignature() }
        #expect(Monotonic.nanoseconds() - began >= 300_000_000)
        // Seen raw, it is a refusal.
        let socket = try PacketSocket(connectingTo: running.path)
        var refusals = 0
        for number in 1...120 as ClosedRange<UInt64> {
            let request = SignerRequest.provePossession(product: "", serial: "", nonce: [UInt8](1...16))
            try socket.send(request.encode(number: number), before: deadline())
            let reply = try socket.receive(maximum: SignerWire.maximumReplyBytes, before: deadline())
            if try SignerReply.decode(reply).reply == .refused(.signerBusy) { refusals += 1 }
        }
        #expect(refusals > 60)
    }

    /// The signer is killed between two records and between a request and its answer; the daemon does not notice.
    @Test func aSignerThatReturnsIsAskedAgain() async throws {
        let running = try RunningSigner()
        let device = running.signer.publicKeys.deviceID
        let client = try SignerClient(.socket(path: running.path))
        let first = try client.sign(record(1, of: device), ledger: ledger, durableHead: 0)
        let folder = running.stop()
        let asked = Task.detached { [ledger] in
            try client.sign(self.record(1, of: device), ledger: ledger, durableHead: 0)
        }
        try await Task.sleep(for: .milliseconds(800))
        let second = try RunningSigner(in: folder)
        // Its memory was lost; the same record has the same message.
        #expect(try await asked.value == first)
        #expect(!second.signer.madeKeys)
        #expect(client.madeKeys, "what the first answer said of this start holds")
        // A change of epoch that the journal has is told to a new signer before anything else.
        _ = try client.prepareKeyChange(device: device, sequence: 2, previous: .zero)
        try client.activate(epoch: 2)
        second.stop()
        let third = try RunningSigner(in: folder)
        var next = record(2, of: device, behind: first.hash)
        next.keyEpoch = 2
        let signed = try client.sign(next, ledger: ledger, durableHead: 1)
        try signed.verify(ed25519: client.publicKeys.ed25519, ledger: ledger)
        #expect(third.signer.epoch == 2)
        third.remove()
    }

    @Test func aSignerThatStaysAwayIsAnErrorInTime() throws {
        let running = try RunningSigner()
        let client = try SignerClient(.socket(path: running.path), patience: .milliseconds(500))
        running.remove()
        let began = Monotonic.nanoseconds()
        #expect {
            _ = try client.crossSignature()
        } throws: { error in
            if case .signerUnreachable = error as? KeyStoreError { true } else { false }
        }
        let took = Monotonic.nanoseconds() - began
        #expect((450_000_000...2_000_000_000).contains(took), "\(took) ns")
        #expect(throws: KeyStoreError.self) {
            try SignerClient(.socket(path: running.path), patience: .milliseconds(100))
        }
    }

    /// A signer that takes requests and says nothing.
    @Test func aSignerThatHangsIsAnErrorInTime() throws {
        let folder = RunningSigner.makeFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "deaf").path
        let deaf = try PacketSocket.listening(at: path, mode: 0o600)
        let began = Monotonic.nanoseconds()
        #expect {
            _ = try SignerClient(.socket(path: path), patience: .milliseconds(600))
        } throws: { error in
            if case .signerUnreachable = error as? KeyStoreError { true } else { false }
        }
        #expect(Monotonic.nanoseconds() - began < 3_000_000_000)
        withExtendedLifetime(deaf) {}
    }

    @Test func anotherDevicesSignerIsNotTaken() throws {
        let running = try RunningSigner()
        let client = try SignerClient(.socket(path: running.path))
        let folder = running.stop()
        try FileManager.default.removeItem(at: folder.appending(path: "keys"))
        let other = try RunningSigner(in: folder)
        defer { other.remove() }
        #expect(throws: KeyStoreError.signerAnswer("it has other keys than before")) { try client.crossSignature() }
    }

    /// A lying signer: its messages are checked before anyone gets them.
    @Test func aForgedMessageIsNotTaken() async throws {
        let folder = RunningSigner.makeFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "liar").path
        let listener = try PacketSocket.listening(at: path, mode: 0o600)
        let device = try SampleDevice()
        let keys = SignerKeys(publicKeys: device.publicKeys, epoch: 1, protection: "tpm", madeKeys: false)
        let asked = device.next(.device, .event(.faultLatched(FaultLatched(code: 7))))
        let other = device.next(.device, .event(.faultLatched(FaultLatched(code: 8))))
        let wrongKey = try SampleDevice(seed: 2)
        let lies = [
            try SignedRecord(signing: other, key: device.key, ledger: device.ledger).message,
            try SignedRecord(signing: asked, key: wrongKey.key, ledger: device.ledger).message, [0xD2],
        ]
        let liar = Thread { [listener] in
            var socket: PacketSocket?
            while socket == nil { socket = try? listener.accepted() }
            var lies = lies.makeIterator()
            while let packet = try? socket?.receive(maximum: 9_000, before: Monotonic.nanoseconds() + 5_000_000_000),
                let (number, request) = try? SignerRequest.decode(packet)
            {
                let reply = request == .hello ? SignerReply.keys(keys) : .messages([lies.next() ?? []])
                try? socket?.send(reply.encode(number: number), before: Monotonic.nanoseconds() + 1_000_000_000)
            }
        }
        liar.start()
        let client = try SignerClient(.socket(path: path), patience: .seconds(2))
        for _ in lies {
            #expect {
                _ = try client.sign(asked, ledger: device.ledger, durableHead: 1)
            } throws: { error in
                if case .signerAnswer = error as? KeyStoreError { true } else { false }
            }
        }
    }

    @Test func oneSignerForOneDirectory() throws {
        let folder = RunningSigner.makeFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let keys = folder.appending(path: "keys").path
        do {
            let lock = try SignerLock(directory: keys)
            #expect(throws: KeyStoreError.refused("\(keys)/signer.lock: another signer has these keys")) {
                try SignerLock(directory: keys, patience: .milliseconds(100))
            }
            withExtendedLifetime(lock) {}
        }
        #expect(throws: Never.self) { try SignerLock(directory: keys, patience: .zero) }
    }
}
