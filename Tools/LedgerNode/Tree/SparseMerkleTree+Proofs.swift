internal import LightClient

extension SparseMerkleTree {
    /// A leaf's key and value, which the tree itself does not hold.
    typealias LeafReader = (Hash) throws(LedgerNodeError) -> (key: [UInt8], value: [UInt8])

    /// The proof that a key has the value that it has here, or that it has none. Nil for the absence from an empty tree,
    /// which has no proof.
    func proof(of key: [UInt8], leaf: LeafReader) throws(LedgerNodeError) -> CommitmentProof? {
        let path = Self.path(of: key)
        if let route = route(to: path) { return .existence(try Self.existence(route, leaf: leaf)) }
        let (left, right) = neighbours(of: path)
        if left == nil, right == nil { return nil }
        var proof = NonExistenceProof(key: key, left: nil, right: nil)
        if let left { proof.left = try Self.existence(left, leaf: leaf) }
        if let right { proof.right = try Self.existence(right, leaf: leaf) }
        return .nonExistence(proof)
    }

    private static func existence(_ route: Route, leaf: LeafReader) throws(LedgerNodeError) -> ExistenceProof {
        let (key, value) = try leaf(route.leafPath)
        // The proof's steps run from the leaf up.
        let steps = route.steps.reversed().map { step in
            step.goesRight
                ? SparseMerkle.step(rightChildBeside: step.sibling) : SparseMerkle.step(leftChildBeside: step.sibling)
        }
        return ExistenceProof(key: key, value: value, leaf: .smt, path: steps)
    }
}
