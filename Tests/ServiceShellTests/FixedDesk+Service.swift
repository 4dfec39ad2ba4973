import Quantities
import ServiceShell
import Synchronization

extension FixedDesk {
    func enterService(connector: UInt32, as holder: ServiceHolder) throws(ServiceShellError) {
        if let failure = diary.changeFailure.withLock({ $0 }) { throw failure }
        diary.add(.change(.enterService(connector: connector)))
        diary.holders.withLock { $0.append(holder) }
    }

    func leaveService(connector: UInt32) throws(ServiceShellError) {
        diary.add(.change(.leaveService(connector: connector)))
    }

    func renewService(_ holder: ServiceHolder) -> ServiceHold {
        diary.renewals.withLock { $0 += 1 }
        return diary.hold.withLock { $0 }
    }

    func endService(_ holder: ServiceHolder) { diary.ended.withLock { $0.append(holder) } }

    func begin(_ test: ServiceTestWish, as holder: ServiceHolder) throws(ServiceShellError) -> ServiceTestTicket {
        if let failure = diary.changeFailure.withLock({ $0 }) { throw failure }
        diary.add(.change(.test(test)))
        diary.holders.withLock { $0.append(holder) }
        return ServiceTestTicket(connector: max(test.connector, 1), number: 1, part: test.part)
    }

    func answer(to ticket: ServiceTestTicket) -> ServiceTestAnswer? { diary.testAnswer.withLock { $0 } }

    func callOff(_ ticket: ServiceTestTicket) { diary.calledOff.withLock { $0.append(ticket) } }
}

extension EmptyDesk {
    private var starting: ServiceShellError { .unavailable("the firmware is starting") }

    func enterService(connector: UInt32, as holder: ServiceHolder) throws(ServiceShellError) { throw starting }
    func leaveService(connector: UInt32) throws(ServiceShellError) { throw starting }
    func renewService(_ holder: ServiceHolder) -> ServiceHold { ServiceHold(stands: false) }
    func endService(_ holder: ServiceHolder) {}
    func begin(_ test: ServiceTestWish, as holder: ServiceHolder) throws(ServiceShellError) -> ServiceTestTicket {
        throw starting
    }
    func answer(to ticket: ServiceTestTicket) -> ServiceTestAnswer? { nil }
    func callOff(_ ticket: ServiceTestTicket) {}
}
