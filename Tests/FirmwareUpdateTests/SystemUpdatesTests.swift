import SignedRecords
import SimulatedFlash
import Testing
import UpdateSoak

@testable import FirmwareUpdate

@Suite("Images of the operating system")
struct SystemUpdatesTests {
    private static let maker = Result { try Maker() }
    private let maker: Maker
    private let device: SystemDevice
    private let image: Maker.Release

    init() throws {
        maker = try Self.maker.get()
        device = try SystemDevice(maker)
        image = maker.systems[0]
    }

    private func refusal(_ desk: inout UpdaterDesk, _ request: UpdaterRequest) -> UpdaterRefusal? {
        if case .refused(let refusal) = desk.answer(request) { refusal } else { nil }
    }

    private func send(_ release: Maker.Release, _ desk: inout UpdaterDesk) -> UpdaterRefusal? {
        if let refusal = refusal(&desk, .begin(release.manifest)) { return refusal }
        for start in stride(from: 0, to: release.bundle.count, by: 60_000) {
            let piece = Array(release.bundle[start..<min(start + 60_000, release.bundle.count)])
            if let refusal = refusal(&desk, .put(piece, at: UInt64(start))) { return refusal }
        }
        return refusal(&desk, .stage)
    }

    private func activation(_ change: (inout ActivationRequest) -> Void = { _ in }) -> UpdaterRequest {
        var request = UpdateDevice.idle
        change(&request)
        return .activate(request, standing: .proved, of: image.manifest)
    }

    /// Staged, installed, and the machine started from it.
    private func onTrial() throws -> UpdaterDesk {
        var desk = device.desk()
        #expect(send(image, &desk) == nil)
        #expect(refusal(&desk, activation()) == nil)
        while case .installing = try device.standing(&desk) {}
        #expect(refusal(&desk, .restart(UpdateDevice.idle)) == nil)
        #expect(device.isRestartAsked)
        device.boot()
        desk = device.desk()
        #expect(try device.standing(&desk) == .onTrial)
        return desk
    }

    @Test("all the way: received, staged, installed, started, confirmed, and only then the floor, which is its own")
    func way() throws {
        var desk = device.desk()
        #expect(send(image, &desk) == nil)
        #expect(try device.standing(&desk) == .staged)
        #expect(try device.flash.read(SystemFolder.image, at: 0, count: 1 << 20) == image.payload)
        #expect(try device.flash.status(of: Inbox.bundle) == nil)
        // The slots of firmware are as they were.
        #expect(try BootRecordStore(reading: SlotFolder(disk: device.flash).bootFile() ?? []).record[.b] == .empty)
        #expect(refusal(&desk, .restart(UpdateDevice.idle)) != nil)
        #expect(refusal(&desk, activation()) == nil)
        guard case .installing(let percent, let step) = try device.standing(&desk) else {
            Issue.record("not being installed")
            return
        }
        #expect(percent > 0 && step == "Updating slots")
        #expect(refusal(&desk, .confirmSystem) != nil)
        while case .installing = try device.standing(&desk) {}
        #expect(try device.standing(&desk) == .restartDue)
        #expect(try device.record().transaction?.bootSlot == "A")
        #expect(!device.isRestartAsked)
        #expect(refusal(&desk, .restart(UpdateDevice.idle)) == nil)
        #expect(device.isRestartAsked)
        // Before the machine has started, nothing can be confirmed.
        #expect(refusal(&desk, .confirmSystem) != nil)
        device.boot()
        #expect(device.installer.running == "B")
        desk = device.desk()
        #expect(try device.standing(&desk) == .onTrial)
        #expect(try device.record().counterFloor == 0)
        #expect(refusal(&desk, .confirmSystem) == nil)
        #expect(try device.record().counterFloor == 4)
        #expect(try device.record().outcome == SystemRecord.Outcome(.confirmed, version: "2026.1"))
        #expect(try device.flash.status(of: SystemFolder.image) == nil)
        for _ in 0..<5 { device.boot() }
        #expect(device.installer.running == "B", "marked good, it starts without counting")
        let older = send(maker.systems[1], &desk)
        #expect(older?.step == .counter && older?.words.contains("below the device's floor 4") == true)
        // Firmware has another floor.
        #expect(send(maker.releases[0], &desk) == nil)
    }

    @Test("a bootloader that counts every start hears of each that went well, which the firmware's question shows")
    func countedStarts() throws {
        device.installer.countsGood = true
        var desk = try onTrial()
        // On trial nothing is good by itself.
        _ = desk.attend()
        for _ in 1..<SimulatedInstaller.tries { device.boot() }
        #expect(device.installer.running == "B")
        #expect(refusal(&desk, .confirmSystem) == nil)
        for _ in 0..<3 * SimulatedInstaller.tries {
            device.boot()
            desk = device.desk()
            #expect(desk.attend() == "the operating system's image: none")
            #expect(refusal(&desk, .status) == nil)
            #expect(desk.attend() == "slot B of the operating system has started well")
            #expect(desk.attend() == nil)
        }
        #expect(device.installer.running == "B")
        // Where nobody asks, the tries run out.
        for _ in 0...SimulatedInstaller.tries {
            device.boot()
            desk = device.desk()
            _ = desk.attend()
        }
        #expect(device.installer.running == "A")
    }

    @Test("a bootloader that is not reached hears of the start later, and that is told once")
    func silentStart() throws {
        var desk = device.desk()
        device.installer.fault = .unreachable("no such name")
        #expect(refusal(&desk, .status) == nil)
        #expect(desk.attend()?.contains("does not hear") == true)
        #expect(desk.attend() == nil)
        #expect(desk.isInstallerSilent)
        device.installer.fault = nil
        #expect(desk.attend() == "slot A of the operating system has started well")
        #expect(!desk.isInstallerSilent)
    }

    @Test("without an installer step 5 refuses an operating system, and with one whatever else is no application")
    func noInstaller() throws {
        let front = try BundleEnvelope(decoding: image.bundle).front
        func examine(_ front: BundleFront, system: SystemRecord?) throws(UpdateRefusal) {
            let examiner = BundleExaminer(
                device: Maker.device, record: BootRecord(factory: image9, rootVersion: 1), root: maker.roots[0],
                now: nil, room: .max, system: system.map { .success($0) })
            _ = try examiner.manifest(of: front, by: maker.roots[0])
        }
        #expect(throws: UpdateRefusal(.device, .noInstaller(.system))) { try examine(front, system: nil) }
        try examine(front, system: SystemRecord())
        for kind in [ReleaseManifest.Kind.configuration, .root] {
            var manifest = try ReleaseManifest(decoding: front.manifestBytes)
            manifest.kind = kind
            let contents = [BundleWriter.Content(path: "image.raucb", isExecutable: false, bytes: image.payload)]
            let bundle = try BundleWriter.bundle(
                manifest: manifest, contents: contents, signedBy: [try Maker.key(11)])
            let other = try BundleEnvelope(decoding: bundle).front
            #expect(throws: UpdateRefusal(.device, .noInstaller(kind))) { try examine(other, system: SystemRecord()) }
        }
        let words = "\(FirmwareUpdateError.noInstaller(.system))"
        #expect(words == "this device has nothing that installs an operating system")
        let two = try BundleEnvelope(decoding: maker.systems[2].bundle).front
        let refusal = #expect(throws: UpdateRefusal.self) { try examine(two, system: SystemRecord()) }
        #expect(refusal?.step == .manifest)
    }

    private var image9: Image { FirmwareUpdateTests.image(9, counter: 5) }

    @Test("installing asks what a switch of firmware asks: a session, the ledger, the release that was proved")
    func conditions() throws {
        var desk = device.desk()
        #expect(send(image, &desk) == nil)
        #expect(refusal(&desk, activation { $0.isSessionOpen = nil })?.words.contains("a session is open") == true)
        let unproved = UpdaterRequest.activate(UpdateDevice.idle, standing: .notProved, of: image.manifest)
        #expect(refusal(&desk, unproved)?.step == .activate)
        let other = UpdaterRequest.activate(UpdateDevice.idle, standing: .proved, of: maker.systems[1].manifest)
        #expect(refusal(&desk, other)?.step == .activate)
        #expect(try device.record().staged != nil)
        #expect(device.installer.nextSlotName == "A")
    }

    @Test("a car that came while it was installed keeps the machine from starting again; what failed before does not")
    func restart() throws {
        var desk = device.desk()
        #expect(send(image, &desk) == nil)
        #expect(refusal(&desk, activation()) == nil)
        while case .installing = try device.standing(&desk) {}
        var request = UpdateDevice.idle
        request.isCarConnected = nil
        #expect(refusal(&desk, .restart(request))?.words.contains("a car is connected") == true)
        #expect(!device.isRestartAsked)
        request = UpdateDevice.idle
        request.holding = []
        #expect(refusal(&desk, .restart(request)) == nil)
        #expect(device.isRestartAsked)
    }

    @Test("an installation that failed leaves the image staged, with RAUC's words, and the running slot as the next")
    func failedInstallation() throws {
        for isBehind in [false, true] {
            var desk = device.desk()
            (device.installer.result, device.installer.failsBehindActivation) = (1, isBehind)
            if try device.record().staged == nil { #expect(send(image, &desk) == nil) }
            #expect(refusal(&desk, activation()) == nil)
            while case .installing = try device.standing(&desk) {}
            #expect(try device.standing(&desk) == .staged)
            #expect(
                try device.record().outcome
                    == SystemRecord.Outcome(.notInstalled, version: "2026.1", words: "Installation error"))
            #expect(device.installer.nextSlotName == "A", "failed behind its activation: \(isBehind)")
        }
        // It is not blamed.
        device.installer.result = 0
        try device.update(to: image)
        #expect(try device.record().counterFloor == 4)
    }

    @Test("a slot that is due for another reason is not taken for this image's")
    func startDue() throws {
        var desk = device.desk()
        #expect(send(image, &desk) == nil)
        try device.installer.install("by hand")
        while case .underWay = try device.installer.installation() {}
        #expect(device.installer.nextSlotName == "B")
        #expect(refusal(&desk, activation())?.words.contains("to be the next to start") == true)
        #expect(try device.record().staged != nil)
    }

    @Test("an installer that does not answer: nothing is decided, and a lost answer is found out later")
    func silence() throws {
        var desk = device.desk()
        #expect(send(image, &desk) == nil)
        device.installer.fault = .unreachable("no such name")
        #expect(refusal(&desk, activation())?.words.contains("RAUC cannot be reached") == true)
        #expect(try device.record().staged != nil)
        (device.installer.fault, device.installer.losesAnswer) = (nil, true)
        #expect(refusal(&desk, activation()) == nil)
        device.installer.fault = .unanswered("no reply")
        guard case .unknown = try device.standing(&desk) else {
            Issue.record("something was decided")
            return
        }
        #expect(desk.isInstallerSilent)
        device.installer.fault = nil
        while case .installing = try device.standing(&desk) {}
        #expect(try device.standing(&desk) == .restartDue)
        #expect(refusal(&desk, .restart(UpdateDevice.idle)) == nil)
        device.boot()
        desk = device.desk()
        // On trial it may be; as long as nobody says which slot runs, it is not confirmed.
        device.installer.fault = .unanswered("no reply")
        guard case .unknown = try device.standing(&desk) else {
            Issue.record("something was decided")
            return
        }
        #expect(refusal(&desk, .confirmSystem) != nil)
        #expect(try device.record().counterFloor == 0)
        device.installer.fault = nil
        #expect(refusal(&desk, .confirmSystem) == nil)
        #expect(try device.record().counterFloor == 4)
    }

    @Test("a service that died on the way has installed nothing")
    func diedService() throws {
        var desk = device.desk()
        #expect(send(image, &desk) == nil)
        #expect(refusal(&desk, activation()) == nil)
        device.installer.restartService()
        #expect(try device.standing(&desk) == .staged)
        #expect(try device.record().outcome?.words == "the installer has stopped")
    }

    @Test("an image that spends its tries unconfirmed is gone back from, told, and not taken again")
    func fellBack() throws {
        _ = try onTrial()
        for _ in 1..<SimulatedInstaller.tries { device.boot() }
        #expect(device.installer.running == "B")
        device.boot()
        #expect(device.installer.running == "A")
        var desk = device.desk()
        #expect(try device.standing(&desk) == .none)
        #expect(try device.record().outcome == SystemRecord.Outcome(.fellBack, version: "2026.1"))
        #expect(try device.record().counterFloor == 0)
        #expect(send(image, &desk)?.words.contains("has failed its trial") == true)
        #expect(send(maker.systems[1], &desk) == nil)
    }

    @Test("a trial that is given up: the bootloader hears of it, the machine goes back, and the image is not blamed")
    func abandoned() throws {
        var desk = try onTrial()
        #expect(refusal(&desk, .abandonSystem) == nil)
        #expect(try device.standing(&desk) == .restartDue)
        #expect(refusal(&desk, .confirmSystem) != nil)
        #expect(refusal(&desk, .restart(UpdateDevice.idle)) == nil)
        device.boot()
        #expect(device.installer.running == "A")
        desk = device.desk()
        #expect(try device.standing(&desk) == .none)
        #expect(try device.record().outcome == SystemRecord.Outcome(.abandoned, version: "2026.1"))
        #expect(send(image, &desk) == nil)
    }

    @Test("one thing at a time: firmware waits for the operating system's trial, and replaces an image that only waits")
    func oneAtATime() throws {
        var desk = device.desk()
        #expect(send(image, &desk) == nil)
        #expect(send(maker.releases[0], &desk) == nil)
        #expect(try device.record().phase == .none)
        #expect(try device.flash.status(of: SystemFolder.image) == nil)
        desk = try onTrial()
        #expect(send(maker.releases[1], &desk)?.words.contains("no image of the operating system under way") == true)
        let slot = UpdaterRequest.activate(UpdateDevice.idle, standing: .proved, of: maker.releases[0].manifest)
        #expect(refusal(&desk, slot)?.words.contains("no image of the operating system under way") == true)
        #expect(send(maker.systems[1], &desk) != nil, "nor another image")
        #expect(refusal(&desk, .confirmSystem) == nil)
        #expect(refusal(&desk, slot) == nil)
        // A trial of firmware keeps the operating system out.
        #expect(send(try Maker.system("2026.3", counter: 5, image: [1, 2, 3]), &desk) != nil)
    }

    @Test("without a record that can be read no image is taken, and firmware still is")
    func damagedRecord() throws {
        try device.update(to: image)
        var desk = device.desk()
        device.flash.rot("os/record", byte: 40, bit: 1)
        #expect(send(try Maker.system("2026.3", counter: 5, image: [1, 2, 3]), &desk)?.step == .counter)
        #expect(send(maker.releases[0], &desk) == nil)
    }

    @Test("what rots between staging and reading back is not staged")
    func rot() throws {
        let bundle = try BundleEnvelope(decoding: image.bundle)
        let manifest = try ReleaseManifest(decoding: bundle.manifestBytes)
        var desk = device.desk()
        #expect(send(image, &desk) == nil)
        let folder = SystemFolder(disk: device.flash)
        try folder.readBack(manifest)
        device.flash.rot(SystemFolder.image, byte: 69_000, bit: 0)
        let mismatch = FirmwareUpdateError.hashMismatch(of: "the file os/image.raucb")
        #expect(throws: mismatch) { try folder.readBack(manifest) }
    }

    @Test("the record's file has one form, and a flipped bit anywhere refuses it")
    func coding() throws {
        let candidate = SystemRecord.Candidate(image: FirmwareUpdateTests.image(2, counter: 7), confirmSeconds: 90)
        let staged = try SystemRecord().staging(candidate)
        let installing = try staged.installing(from: "A", bootID: "x", excusing: [.networkUp])
        let installed = try installing.installed()
        let records = [
            SystemRecord(), staged, installing, installed, try installed.abandoned(), try installed.confirmed(),
            try installed.fellBack(), try installing.notInstalled("no\nroom"),
        ]
        for record in records.dropLast() { #expect(try SystemRecord(decoding: record.encoded()) == record) }
        #expect(try SystemRecord(decoding: records[7].encoded()).outcome?.words == "no?room")
        let bytes = installed.encoded()
        for bit in 0..<bytes.count * 8 {
            var changed = bytes
            changed[bit / 8] ^= 1 << (bit % 8)
            #expect(throws: FirmwareUpdateError.self) { try SystemRecord(decoding: changed) }
        }
        #expect(throws: FirmwareUpdateError.self) { try SystemRecord(decoding: []) }
        #expect(throws: FirmwareUpdateError.self) { try SystemRecord().confirmed() }
        #expect(throws: FirmwareUpdateError.self) { try installed.clearing() }
        let low = SystemRecord.Candidate(image: FirmwareUpdateTests.image(3, counter: 6), confirmSeconds: 60)
        #expect(throws: FirmwareUpdateError.rolledBack(floor: 7, found: 6)) {
            try installed.confirmed().staging(low)
        }
    }

    /// Each third operation; `update-soak --stops`, which stands beside the tests, has all of all ways.
    @Test("stopped at operations all along the way, by a kill and a power cut", arguments: [false, true])
    func stops(twice: Bool) throws {
        #expect(try device.stopEverywhere(every: 3, cuts: 1, second: twice) > 20)
    }
}

extension SimulatedInstaller {
    fileprivate var nextSlotName: String { (try? nextSlot()) ?? "?" }
}
