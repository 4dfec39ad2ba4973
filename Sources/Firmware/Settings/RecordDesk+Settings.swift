import Logging
import SignedRecords

extension RecordDesk {
    /// Takes back settings that nobody has confirmed in time, and puts it on record.
    func keepSettings() {
        guard let settings else { return }
        do throws(SettingsKeeper.ChangeFailure) {
            if let owner = try settings.expire(at: SystemClock.now()) {
                noteTakenBack(owner, why: "not confirmed in time")
            }
        } catch {
            logger.error("settings on trial could not be taken back in full: \(error)")
        }
    }

    /// That it would come is on record since the commit, so it does not wait for this.
    func noteTakenBack(_ owner: String, why: String) {
        let words = owner.split(separator: " ", maxSplits: 1).map(String.init)
        let technician = (try? ContentHash(hex: words.first ?? "")) ?? ContentHash(hashing: Array(owner.utf8))
        let subject = "config rollback: \(why)"
        logger.notice("settings of \(words.last ?? "") are taken back: \(why)")
        let action = TechnicianAction(
            technician: technician, action: "config rollback", subject: subject, succeeded: true,
            shell: ShellAct(
                role: .service, name: words.count == 2 ? words[1] : "",
                arguments: ContentHash(hashing: Array(subject.utf8)),
                outcome: .done, boot: clock.boot.boot, sinceBoot: UInt64(max(0, SystemClock.sinceBoot()))))
        do throws(FirmwareError) { try note(action) } catch { logger.error("it is not on record: \(error)") }
    }
}
