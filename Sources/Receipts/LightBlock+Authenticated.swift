public import LightClient

extension LightBlock {
    /// The block without what no hash covers: the validators' proposer priorities and the next height's validators.
    public var withoutUnauthenticatedParts: LightBlock {
        let bare = validators.validators.map { validator in
            try? Validator(
                publicKey: validator.publicKey, power: validator.power, statedAddress: validator.address)
        }
        // The same members in the same order: a set that existed can be made again.
        guard !bare.contains(nil), let set = try? ValidatorSet(bare.compactMap { $0 }) else { return self }
        return LightBlock(signedHeader: signedHeader, validators: set)
    }
}
