internal import LightClient
internal import Logging
internal import NIOCore

/// One connection of a node: its requests are answered one after the other, in their order. While an answer cannot be
/// written, nothing more is read.
struct ABCIConnection {
    typealias Channel = NIOAsyncChannel<Result<[UInt8], ABCIFrameError>, ByteBuffer>

    /// How long a refused node may take to read the reason and to hang up.
    private static let farewell = TimeAmount.seconds(5)

    let responder: ABCIResponder
    let logger: Logger

    func serve(_ channel: Channel) async {
        do {
            try await channel.executeThenClose { inbound, outbound in
                var purpose: ABCIPurpose?
                var isRefused = false
                for try await read in inbound {
                    // What a refused node has sent already is read and dropped: closing over it would have the kernel throw the
                    // reason away.
                    if isRefused { continue }
                    let response = await answer(read, &purpose)
                    try await outbound.write(ByteBuffer(bytes: ABCIFrameReader.frame(response)))
                    guard case .exception(let reason) = response else { continue }
                    logger.error("an ABCI connection was refused: \(reason)")
                    isRefused = true
                    outbound.finish()
                    let refused = channel.channel
                    refused.eventLoop.scheduleTask(in: Self.farewell) { refused.close(promise: nil) }
                }
            }
        } catch is CancellationError {
        } catch {
            // A node that went away needs no answer.
            logger.debug("an ABCI connection ended: \(error)")
        }
    }

    /// The answer to a frame; an exception where it is none, or where the application cannot go on.
    private func answer(_ read: Result<[UInt8], ABCIFrameError>, _ purpose: inout ABCIPurpose?) async -> ABCI.Response {
        let request: ABCI.Request
        do { request = try ABCI.Request(frame: try read.get()) } catch { return .exception("\(error)") }
        if let asked = request.purpose, asked != purpose {
            logger.debug("an ABCI connection is for \(asked)\(purpose.map { ", after \($0)" } ?? "")")
            purpose = asked
        }
        return await responder.answer(request)
    }
}
