import Glibc
import NIOCore
import NIOPosix
import NIOSSL

/// `tls-hello`: says hello, has a TLS client at hand, and waits to be ended. What any static Swift program that can speak to a
/// server takes of a machine: the footprint's baseline.
@main
enum TLSHello {
    static func main() async throws {
        let context = try NIOSSLContext(configuration: .makeClientConfiguration())
        let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(
                    NIOSSLClientHandler(context: context, serverHostname: "localhost"))
            }
        }
        // Nobody listens there; what a client takes, it has taken.
        _ = try? await bootstrap.connect(host: "127.0.0.1", port: 1).get()
        print("ready hello=world")
        fflush(nil)
        while true { try await Task.sleep(for: .seconds(3_600)) }
    }
}
