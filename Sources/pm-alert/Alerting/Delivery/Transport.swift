import Curl

/// The outgoing messages in flight, each for one address: HTTP requests, e-mails and programs. Lives on one thread.
final class Transport {
    let client: HTTPClient
    private let commands = CommandRunner()
    private var requests: [RequestID: ChannelAddress] = [:]
    private var runs: [CommandRunner.RunID: ChannelAddress] = [:]

    init(_ settings: ChannelSettings) {
        var options = HTTPClient.Options()
        // A receiver that hangs keeps its connection, and must leave enough for the others.
        options.mostConnections = 1024
        options.mostConnectionsPerHost = 256
        options.certificateFile = settings.certificates
        client = HTTPClient(options)
    }

    /// The latest time of the next call of ``finished()``; the client's answers end a wait by themselves.
    var deadline: ContinuousClock.Instant? { commands.deadline }

    /// The descriptors to wait for besides the client's own.
    var interests: [DescriptorInterest] { commands.interests }

    /// The number of programs that may be started now.
    var freeCommands: Int { CommandRunner.capacity - runs.count }

    func start(_ message: OutgoingMessage, for address: ChannelAddress) throws(ChannelError) {
        switch message {
        case .request(let request): requests[client.start(request)] = address
        case .mail(let mail): requests[client.start(mail)] = address
        case .command(let command): runs[try commands.start(command, at: .now)] = address
        }
    }

    /// Removes and returns what has finished. Never waits.
    func finished() -> [(address: ChannelAddress, result: TransportResult)] {
        let answers = client.finished().compactMap { completion in
            requests.removeValue(forKey: completion.id).map { address -> (ChannelAddress, TransportResult) in
                switch completion.result {
                case .success(let response): (address, .response(response))
                case .failure(let failure):
                    // The status line counts even when the body is too long or cut off.
                    (address, failure.head.map { .response($0) } ?? .failure(failure))
                }
            }
        }
        let mails = client.finishedMail().compactMap { completion in
            requests.removeValue(forKey: completion.id).map { address -> (ChannelAddress, TransportResult) in
                switch completion.result {
                case .success(let reply): (address, .mail(reply))
                case .failure(let failure): (address, .failure(failure))
                }
            }
        }
        let exits = commands.finished(at: .now).compactMap { run, failure in
            runs.removeValue(forKey: run).map { ($0, TransportResult.command(failure: failure)) }
        }
        return answers + mails + exits
    }

    /// Cancels everything in flight.
    func abandon() {
        for id in requests.keys { client.cancel(id) }
        commands.killAll()
        (requests, runs) = ([:], [:])
    }
}

/// The result of an outgoing message, before the channel interprets it.
enum TransportResult {
    case response(HTTPResponse)
    case mail(MailReply)
    case failure(HTTPFailure)
    /// - Parameter failure: The reason to run the program again; `nil` after success.
    case command(failure: String?)

    /// True if the receiver may have the message although the attempt failed: the connection broke, or the
    /// answer did not come in time.
    var isInDoubt: Bool {
        switch self {
        case .failure(let failure): [.timedOut, .interrupted, .malformed].contains(failure.kind)
        case .response, .mail, .command: false
        }
    }
}
