import Curl
import PMRecord

/// One channel of the dispatcher: its queue, and the channel itself once its secret is read.
struct ChannelState {
    var queue: ChannelQueue
    private let address: ChannelAddress
    /// `nil` until the channel's secret is read.
    private var channel: (any Channel)?

    init(_ address: ChannelAddress, _ settings: ChannelSettings) {
        self.address = address
        queue = ChannelQueue(settings.limits(for: address.kind))
    }

    /// Returns the channel, and reads its secret if that is necessary.
    mutating func openChannel(_ settings: ChannelSettings) throws(ChannelError) -> any Channel {
        if let channel { return channel }
        let made = try makeChannel(address, settings)
        channel = made
        return made
    }

    /// Reads the secret again when it is next needed, and accepts alerts again if the channel was closed.
    mutating func reload() {
        channel = nil
        queue.reopen()
    }

    /// Returns the result of an attempt, as the channel interprets the receiver's answer.
    mutating func interpret(_ result: TransportResult, at clock: Timestamp) -> AttemptResult {
        switch result {
        case .response(let response):
            channel?.result(of: response, at: clock) ?? commonResult(of: response, at: clock)
        case .mail(let reply): EmailChannel.result(of: reply)
        case .failure(let failure):
            switch failure.kind {
            case .invalidRequest, .addressDenied: .rejected(failure.message)
            // An untrusted certificate may be renewed, and our own clock may be wrong: retried like a receiver that
            // is down.
            case .untrusted, .couldNotResolve, .couldNotConnect, .timedOut, .tls, .interrupted, .malformed,
                .tooLarge, .other:
                .failed(failure.message)
            }
        case .command(let failure):
            failure.map { .failed("the program \($0)") } ?? .delivered(reference: nil)
        }
    }
}
