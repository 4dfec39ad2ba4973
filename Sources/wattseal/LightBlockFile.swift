import LightClient

/// A light block that someone trusts, in a file.
enum LightBlockFile {
    static func read(_ path: String) throws -> LightBlock {
        let bytes = try FileBytes.read(path)
        do throws(LightClientError) {
            return try RPCJSON.decode(LightBlockDocument.self, from: bytes).lightBlock()
        } catch {
            throw CommandError.refused("\(path): \(error)")
        }
    }
}
