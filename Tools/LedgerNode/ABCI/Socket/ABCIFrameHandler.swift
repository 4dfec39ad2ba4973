internal import NIOCore

/// Hands on a connection's frames; at the first fault that one, and nothing of what comes behind it.
final class ABCIFrameHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = Result<[UInt8], ABCIFrameError>

    private var reader: ABCIFrameReader
    private var hasFailed = false

    init(limit: Int) { reader = ABCIFrameReader(limit: limit) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !hasFailed else { return }
        var bytes = unwrapInboundIn(data)
        reader.append(&bytes)
        do {
            while let frame = try reader.next() { context.fireChannelRead(wrapInboundOut(.success(frame))) }
        } catch {
            hasFailed = true
            reader = ABCIFrameReader(limit: 0)
            context.fireChannelRead(wrapInboundOut(.failure(error)))
        }
    }
}
