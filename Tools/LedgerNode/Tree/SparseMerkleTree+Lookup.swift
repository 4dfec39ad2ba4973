internal import LightClient
internal import Quantities

extension SparseMerkleTree {
    /// The way from the root to a leaf: that leaf's path, and at each step the sibling's hash and on which side the way
    /// went. Empty for a tree of one leaf.
    struct Route: Sendable, Equatable {
        struct Step: Sendable, Equatable {
            let sibling: [UInt8]
            let goesRight: Bool
        }

        let leafPath: Hash
        /// From the root downwards.
        let steps: [Step]
    }

    /// The way to the leaf at exactly this path, or nil where the key is absent.
    func route(to path: Hash) -> Route? {
        var steps: [Route.Step] = []
        var node = root
        while let current = node {
            switch current.content {
            case .leaf(let leafPath):
                return leafPath == TreeHash(path) ? Route(leafPath: path, steps: steps) : nil
            case .inner(let left, let right):
                let goesRight = Self.bit(path, steps.count)
                let sibling = goesRight ? left : right
                steps.append(.init(sibling: SparseMerkleNode.hash(of: sibling), goesRight: goesRight))
                node = goesRight ? right : left
            }
        }
        return nil
    }

    /// Where the way to an absent path could have turned into a subtree that is not empty.
    private struct Turn {
        /// The steps above the turn.
        let above: [Route.Step]
        /// The subtree on the other side.
        let subtree: SparseMerkleNode
        /// The hash of the subtree that the way took; the other side's sibling.
        let taken: [UInt8]
        let goesRight: Bool
    }

    /// The leaves next to an absent path on either side, in the order of the paths; for the path of a present key, the
    /// leaves around it.
    func neighbours(of path: Hash) -> (left: Route?, right: Route?) {
        var steps: [Route.Step] = []
        var leftTurn: Turn?
        var rightTurn: Turn?
        var node = root
        while let current = node, case .inner(let left, let right) = current.content {
            let goesRight = Self.bit(path, steps.count)
            let taken = goesRight ? right : left
            let other = goesRight ? left : right
            let takenHash = SparseMerkleNode.hash(of: taken)
            if let other {
                let turn = Turn(above: steps, subtree: other, taken: takenHash, goesRight: !goesRight)
                if goesRight { leftTurn = turn } else { rightTurn = turn }
            }
            steps.append(.init(sibling: SparseMerkleNode.hash(of: other), goesRight: goesRight))
            node = taken
        }
        var leftRoute = leftTurn.map { outermost($0, towardsRight: true) }
        var rightRoute = rightTurn.map { outermost($0, towardsRight: false) }
        if case .leaf(let leaf) = node?.content, leaf != TreeHash(path) {
            let met = leaf.hash
            let route = Route(leafPath: met, steps: steps)
            if Self.precedes(met, path) { leftRoute = route } else { rightRoute = route }
        }
        return (leftRoute, rightRoute)
    }

    /// The right-most (left-most) leaf behind a turn. A subtree always has a leaf, so the way ends at one.
    private func outermost(_ turn: Turn, towardsRight: Bool) -> Route {
        var way = turn.above
        way.append(.init(sibling: turn.taken, goesRight: turn.goesRight))
        var node = turn.subtree
        while true {
            switch node.content {
            case .leaf(let path):
                return Route(leafPath: path.hash, steps: way)
            case .inner(let left, let right):
                let preferred = towardsRight ? right : left
                let goesRight = (preferred != nil) == towardsRight
                guard let next = goesRight ? right : left else {
                    invariantBroken("an inner node of the state tree has a child")
                }
                let sibling = goesRight ? left : right
                way.append(.init(sibling: SparseMerkleNode.hash(of: sibling), goesRight: goesRight))
                node = next
            }
        }
    }
}
