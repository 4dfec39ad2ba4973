import CInvariant

/// Checks a fact that the code relies on, in every build.
///
/// When it does not hold, the process opens the contactor (`setLastAct`), says which fact broke and where, and traps. It
/// is for mistakes in this program; data from outside is refused with an error instead.
@inlinable @inline(__always)
public func invariant(
    _ condition: @autoclosure () -> Bool, _ message: StaticString, file: StaticString = #fileID, line: UInt32 = #line
) {
    if !condition() { invariantBroken(message, file: file, line: line) }
}

/// The end of a branch that cannot be reached while the invariant `message` holds.
@inline(never)
public func invariantBroken(_ message: StaticString, file: StaticString = #fileID, line: UInt32 = #line) -> Never {
    wattseal_invariant_broken(
        message.utf8Start, message.utf8CodeUnitCount, file.utf8Start, file.utf8CodeUnitCount, line)
}

/// Registers what this process does before it dies of a broken invariant: it opens the contactor.
///
/// The function runs on whatever thread broke the invariant; it must not allocate, lock, or rely on any Swift state.
public func setLastAct(_ act: (@convention(c) () -> Void)?) {
    wattseal_set_last_act(act)
}
