import RecordSamples

/// A file or a folder of the simulated flash: what is seen, and what would be there after a power cut.
final class FlashNode {
    /// A change of a folder's names that is not durable yet.
    enum NameChange {
        case add(String, FlashNode)
        case remove(String)
    }

    static let sectorBytes = 512

    let isFolder: Bool
    let isExecutable: Bool
    // Of a file.
    var visible: [UInt8] = []
    var durable: [UInt8] = []
    var dirty: Set<Int> = []
    // Of a folder. A change is one step of names, so that a rename is never seen half done.
    var children: [String: FlashNode] = [:]
    var durableChildren: [String: FlashNode] = [:]
    var changes: [[NameChange]] = []

    init(isFolder: Bool, isExecutable: Bool = false) {
        self.isFolder = isFolder
        self.isExecutable = isExecutable
    }

    func change(_ step: [NameChange]) {
        Self.apply(step, to: &children)
        changes.append(step)
    }

    private static func apply(_ step: [NameChange], to names: inout [String: FlashNode]) {
        for change in step {
            switch change {
            case .add(let name, let node): names[name] = node
            case .remove(let name): names[name] = nil
            }
        }
    }

    func write(_ bytes: ArraySlice<UInt8>, at offset: Int) {
        guard !bytes.isEmpty else { return }
        if offset + bytes.count > visible.count { grow(to: offset + bytes.count) }
        visible.replaceSubrange(offset..<offset + bytes.count, with: bytes)
        dirty.formUnion(offset / Self.sectorBytes...(offset + bytes.count - 1) / Self.sectorBytes)
    }

    func grow(to length: Int) {
        guard length > visible.count else { return }
        dirty.formUnion(visible.count / Self.sectorBytes...(length - 1) / Self.sectorBytes)
        visible += [UInt8](repeating: 0, count: length - visible.count)
    }

    func flush() {
        durable = visible
        dirty = []
    }

    /// Flushes a range alone.
    func flush(_ range: Range<Int>) {
        if durable.count < visible.count {
            durable += [UInt8](repeating: 0, count: visible.count - durable.count)
        }
        durable.replaceSubrange(range, with: visible[range])
        dirty.subtract(range.lowerBound / Self.sectorBytes..<range.upperBound / Self.sectorBytes)
    }

    /// Power fails: what is not durable is kept or lost, name by name and sector by sector.
    func settle(_ random: inout SeededRandom) {
        if isFolder {
            // Names come back up to some point in the order of their changes, as a journaling file system gives them.
            for step in changes {
                if random.oneIn(3) { break }
                Self.apply(step, to: &durableChildren)
            }
            changes = []
            children = durableChildren
            for (_, node) in children.sorted(by: { $0.key < $1.key }) { node.settle(&random) }
            return
        }
        if visible.count != durable.count, random.oneIn(2) {
            durable = Array(durable.prefix(visible.count))
            durable += [UInt8](repeating: 0, count: visible.count - durable.count)
        }
        for sector in dirty.sorted() {
            let start = sector * Self.sectorBytes
            let end = min(start + Self.sectorBytes, durable.count, visible.count)
            guard start < end else { continue }
            switch random.next() % 4 {
            case 0: durable.replaceSubrange(start..<end, with: visible[start..<end])
            case 1: break
            case 2:
                let middle = start + Int(random.next() % UInt64(end - start))
                durable.replaceSubrange(start..<middle, with: visible[start..<middle])
            default: durable.replaceSubrange(start..<end, with: (start..<end).map { _ in UInt8(random.next() & 0xFF) })
            }
        }
        dirty = []
        visible = durable
    }

    /// A copy with all that is in it, as it is seen and as it would survive.
    func copy(_ twins: inout [ObjectIdentifier: FlashNode]) -> FlashNode {
        if let twin = twins[ObjectIdentifier(self)] { return twin }
        let twin = FlashNode(isFolder: isFolder, isExecutable: isExecutable)
        twins[ObjectIdentifier(self)] = twin
        (twin.visible, twin.durable, twin.dirty) = (visible, durable, dirty)
        for (name, node) in children { twin.children[name] = node.copy(&twins) }
        for (name, node) in durableChildren { twin.durableChildren[name] = node.copy(&twins) }
        for step in changes {
            var mirrored: [NameChange] = []
            for change in step {
                switch change {
                case .add(let name, let node): mirrored.append(.add(name, node.copy(&twins)))
                case .remove(let name): mirrored.append(.remove(name))
                }
            }
            twin.changes.append(mirrored)
        }
        return twin
    }
}
