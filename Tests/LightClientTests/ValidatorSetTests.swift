import LightClient
import Testing

struct ValidatorSetTests {
    @Test func orderDoesNotMatterOnTheWayIn() throws {
        let chain = try TestChain(7) { Int64($0 % 3) * 10 + 1 }
        let members = chain.signers.map(\.validator)
        let set = try ValidatorSet(members)
        print("seed 11")
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<10 {
            #expect(try ValidatorSet(members.shuffled(using: &generator)) == set)
        }
        for (before, after) in zip(set.validators, set.validators.dropFirst()) {
            #expect(before.power > after.power || (before.power == after.power && before.address < after.address))
        }
        #expect(set.totalPower == members.reduce(0) { $0 + $1.power })
    }

    @Test func refusals() throws {
        let chain = try TestChain(3)
        let members = chain.signers.map(\.validator)
        #expect(refusal { _ = try ValidatorSet([]) } == .emptyValidatorSet)
        #expect(
            refusal { _ = try ValidatorSet(members + [members[1]]) } == .duplicateValidator(members[1].address))
        #expect(
            refusal { _ = try TestChain(1) { _ in -1 } }
                == .negativePower(validator: members[0].address, power: -1))
        let limit = LightClientError.powerOverCap(limit: 1_152_921_504_606_846_975)
        #expect(refusal { _ = try TestChain(1) { _ in ValidatorSet.maxTotalPower + 1 }.set() } == limit)
        #expect(refusal { _ = try TestChain(2) { _ in .max }.set() } == limit)
        #expect(refusal { _ = try TestChain(9) { _ in ValidatorSet.maxTotalPower / 8 }.set() } == limit)
        #expect(throws: Never.self) { try TestChain(8) { _ in ValidatorSet.maxTotalPower / 8 }.set() }
        let stated = try #require(Address(bytes: [UInt8](repeating: 1, count: 20)))
        #expect(
            refusal { _ = try Validator(publicKey: members[0].publicKey, power: 1, statedAddress: stated) }
                == .validatorAddressMismatch(stated: stated, computed: members[0].address))
    }

    /// Powers 1, 2, 3, 4: half of the total is 5, passed by the third in time.
    @Test func medianTime() throws {
        let chain = try TestChain(4) { Int64($0 + 1) }
        let set = try chain.set()
        var commit = try chain.commit(try chain.header(5))
        for place in 0..<4 {
            commit.signatures[place].timestamp = try Timestamp(seconds: Int64(100 * place))
        }
        // Places hold powers 4, 3, 2, 1 at 0, 100, 200, 300 s.
        #expect(commit.medianTime(validators: set)?.seconds == 100)
        commit.signatures[0].flag = .nil
        #expect(commit.medianTime(validators: set)?.seconds == 100)
        commit.signatures[0] = .absent
        // Total 6, half 3: reached by the first.
        #expect(commit.medianTime(validators: set)?.seconds == 100)
        commit.signatures[1] = .absent
        // Total 3, half 1.
        #expect(commit.medianTime(validators: set)?.seconds == 200)
        commit.signatures = [.absent]
        #expect(commit.medianTime(validators: set) == nil)
    }

    @Test func overflowingMedianIsNoMedian() throws {
        let chain = try TestChain(1) { _ in ValidatorSet.maxTotalPower }
        var commit = try chain.commit(try chain.header(5))
        commit.signatures = [CommitSig](repeating: commit.signatures[0], count: 9)
        #expect(commit.medianTime(validators: try chain.set()) == nil)
    }
}
